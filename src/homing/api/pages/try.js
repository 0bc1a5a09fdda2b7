// Fills the page from openapi.json and sends what is written there. Everything that is shown goes
// through textContent, and nothing is kept: no cookie, no storage, no secret in an address.
"use strict";

const LONG = 255; // characters: what may be longer gets room, and may have lines
const FORM = "application/x-www-form-urlencoded";
const at = (id) => document.getElementById(id);
const calls = [];
let shown = null;
let isWaiting = false;

function make(name, words = "") {
  const made = document.createElement(name);
  made.textContent = words;
  return made;
}

function inputFor({ name, in: place, schema }) {
  const hasRoom = schema.type === "array" || schema.maxLength > LONG;
  const input = make(schema.enum ? "select" : hasRoom ? "textarea" : "input");
  if (schema.enum) {
    input.append(new Option("(not sent)", ""), ...schema.enum.map((word) => new Option(word)));
  } else if (name.includes("secret")) {
    input.type = "password";
    input.autocomplete = "new-password";
  }
  input.name = name;
  input.required = place === "path"; // without it, it would be the path of another call
  return input;
}

function noteOn({ schema, required, description = "" }) {
  const notes = [required ? "Required." : "", description];
  if (schema.type === "array") notes.push("One on each line.");
  if (schema.default !== undefined) notes.push(`Without it: ${schema.default}.`);
  return notes.filter(Boolean).join(" ");
}

function labelled(words, note, input) {
  const label = make("label", words);
  label.append(input, make("small", note));
  return label;
}

function fieldsOf(operation) {
  const form = operation.requestBody?.content[FORM]?.schema;
  const written = Object.entries(form?.properties ?? {}).map(([name, schema]) => ({
    name, in: "form", schema, required: form.required?.includes(name),
    description: schema.description,
  }));
  const given = operation.parameters ?? [];
  const isHeader = (field) => field.in === "header";
  return [...given.filter((field) => !isHeader(field)), ...written, ...given.filter(isHeader)];
}

// What must be in a body of this schema, to write on.
function sample(schema) {
  const members = (schema.required ?? []).map((name) => {
    const { enum: words = [""] } = schema.properties[name];
    return [name, words[0]];
  });
  return JSON.stringify(Object.fromEntries(members), null, 2);
}

function show(call) {
  shown = { ...call, fields: [], json: null };
  at("title").textContent = call.operation.summary;
  at("fields").replaceChildren();
  for (const field of fieldsOf(call.operation)) {
    const input = inputFor(field);
    at("fields").append(labelled(field.name, noteOn(field), input));
    shown.fields.push({ ...field, input });
  }
  const content = call.operation.requestBody?.content ?? {};
  if (content["application/json"] && !content[FORM]) {
    shown.json = make("textarea", sample(content["application/json"].schema));
    shown.json.className = "json";
    shown.json.spellcheck = false;
    at("fields").append(labelled("Body", "In JSON.", shown.json));
  }
}

function request() {
  let path = shown.path;
  const query = new URLSearchParams();
  const form = new URLSearchParams();
  const headers = {};
  for (const { name, in: place, schema, input } of shown.fields) {
    const values = schema.type === "array" ? input.value.split(/\s+/) : [input.value];
    for (const value of values.filter(Boolean)) {
      if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
      else if (place === "header") headers[name] = value;
      else (place === "form" ? form : query).append(name, value);
    }
  }
  const pair = `${at("key").value}:${at("secret").value}`;
  if (pair !== ":") {
    const octets = new TextEncoder().encode(pair);
    headers.Authorization = `Basic ${btoa(String.fromCharCode(...octets))}`;
  }
  const options = { method: shown.method, headers, credentials: "omit", cache: "no-store" };
  if (shown.json) {
    options.body = shown.json.value;
    headers["Content-Type"] = "application/json";
  } else if (shown.method === "POST") options.body = form;
  return [query.size ? `${path}?${query}` : path, options];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send() {
  const { responses } = shown.operation;
  at("answer-title").textContent = `Answer to ${shown.method} ${shown.path}`;
  at("status").textContent = "Waiting for the answer …";
  at("answered").hidden = true;
  try {
    const answer = await fetch(...request());
    const text = await answer.text();
    const meaning = (responses[answer.status] ?? responses.default).description;
    at("status").textContent = `${answer.status} ${answer.statusText}: ${meaning}`;
    at("headers").textContent = [...answer.headers].map((pair) => pair.join(": ")).join("\n");
    at("body").textContent = pretty(text) || "(empty)";
    at("answered").hidden = false;
  } catch (fault) {
    at("status").textContent = `No answer. Is the gateway running? (${fault.message})`;
  }
  at("answer").scrollIntoView({ block: "nearest" });
}

async function begin() {
  const { paths } = await (await fetch("openapi.json")).json();
  const groups = {};
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const [tag] = operation.tags;
      if (!groups[tag]) {
        groups[tag] = make("optgroup");
        groups[tag].label = tag;
        at("call").append(groups[tag]);
      }
      const words = `${method.toUpperCase()} ${path}`;
      groups[tag].append(new Option(words, calls.length));
      calls.push({ path, method: method.toUpperCase(), operation });
    }
  }
  at("call").addEventListener("change", () => show(calls[at("call").value]));
  show(calls[0]);
}

at("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isWaiting) return; // a second press would send a second message
  isWaiting = true;
  await send();
  isWaiting = false;
});
at("who").addEventListener("submit", (event) => event.preventDefault());
begin().catch((fault) => {
  at("status").textContent = `The OpenAPI document could not be read: ${fault.message}`;
});
