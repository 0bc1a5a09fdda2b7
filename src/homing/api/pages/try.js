// Fills the page from openapi.json and sends what is written there. Everything that is shown goes
// through textContent, and nothing is kept: no cookie, no storage, no secret in an address.
"use strict";

const at = (id) => document.getElementById(id);
const calls = [];
let shown = null;

function make(name, words = "") {
  const made = document.createElement(name);
  made.textContent = words;
  return made;
}

function inputFor(schema) {
  if (schema.enum) {
    const select = make("select");
    for (const word of ["", ...schema.enum]) select.append(make("option", word));
    return select;
  }
  const input = make("input");
  input.placeholder = schema.default ?? "";
  return input;
}

function fieldsOf(operation) {
  const fields = [...(operation.parameters ?? [])];
  const content = operation.requestBody?.content ?? {};
  const form = content["application/x-www-form-urlencoded"]?.schema;
  for (const [name, schema] of Object.entries(form?.properties ?? {})) {
    const required = (form.required ?? []).includes(name);
    fields.push({ name, in: "form", schema, required, description: schema.description });
  }
  return fields;
}

function show(call) {
  shown = { ...call, fields: [], json: null };
  at("title").textContent = `${call.method} ${call.path}: ${call.operation.summary}`;
  at("fields").replaceChildren();
  for (const field of fieldsOf(call.operation)) {
    const input = inputFor(field.schema);
    const label = make("label", `${field.name}${field.required ? " *" : ""}`);
    label.append(make("small", field.description ?? ""), input);
    at("fields").append(label);
    shown.fields.push({ ...field, input });
  }
  const body = call.operation.requestBody?.content ?? {};
  if (body["application/json"] && !body["application/x-www-form-urlencoded"]) {
    shown.json = make("textarea", "{}");
    const label = make("label", "Body, in JSON");
    label.append(shown.json);
    at("fields").append(label);
  }
}

function request() {
  let path = shown.path;
  const query = new URLSearchParams();
  const form = new URLSearchParams();
  for (const { name, in: place, input } of shown.fields) {
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(input.value));
    else if (input.value === "" || place === "header") continue;
    else (place === "form" ? form : query).append(name, input.value);
  }
  const options = { method: shown.method, headers: {}, credentials: "omit", cache: "no-store" };
  const pair = `${at("key").value}:${at("secret").value}`;
  if (pair !== ":") {
    const octets = new TextEncoder().encode(pair);
    options.headers.Authorization = `Basic ${btoa(String.fromCharCode(...octets))}`;
  }
  if (shown.json) {
    options.body = shown.json.value;
    options.headers["Content-Type"] = "application/json";
  } else if (shown.method === "POST") options.body = form;
  return [query.size ? `${path}?${query}` : path, options];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text;
  }
}

async function send() {
  at("status").textContent = "…";
  at("headers").textContent = at("body").textContent = "";
  try {
    const answer = await fetch(...request());
    at("status").textContent = `${answer.status} ${answer.statusText}`;
    at("headers").textContent = [...answer.headers].map((pair) => pair.join(": ")).join("\n");
    at("body").textContent = pretty(await answer.text());
  } catch (fault) {
    at("status").textContent = `not sent: ${fault.message}`;
  }
}

async function begin() {
  const paths = (await (await fetch("openapi.json")).json()).paths;
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      calls.push({ path, method: method.toUpperCase(), operation });
      at("call").append(make("option", `${method.toUpperCase()} ${path}`));
    }
  }
  at("call").addEventListener("change", () => show(calls[at("call").selectedIndex]));
  show(calls[0]);
}

at("ask").addEventListener("submit", (event) => { event.preventDefault(); send(); });
at("who").addEventListener("submit", (event) => event.preventDefault());
begin();
