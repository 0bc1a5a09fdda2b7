// An SMSC that is not ours: the npm stack `smpp` answers, decodes and sends receipts.
// Prints what happened as JSON lines, the first one {"event":"listening","port":N}.
// How it tells of a part is chosen by the bind's system_type: "text" (SMPP 3.4 Appendix B) or "tlv".
// A line on standard input is a command: "enquire" asks every bind whether it is alive, "unbind"
// takes leave of every bind, "throttle N" answers the next N submits with ESME_RTHROTTLED.
const smpp = require('smpp')

const sessions = new Set()
const bound = []
let lastId = 0
let throttles = 0

function say(event, facts) {
  console.log(JSON.stringify(Object.assign({ event }, facts)))
}

function hex(octets) {
  return Buffer.isBuffer(octets) ? octets.toString('hex') : octets
}

function readMessage(shortMessage) {
  const { udh, message } = shortMessage
  return {
    udh: (udh || []).map(hex),
    text: Buffer.isBuffer(message) ? null : message,
    octets: Buffer.isBuffer(message) ? message.toString('hex') : null
  }
}

function receipt(pdu, id, how, stat, state) {
  const common = {
    source_addr_ton: pdu.dest_addr_ton, source_addr_npi: pdu.dest_addr_npi,
    source_addr: pdu.destination_addr,
    dest_addr_ton: pdu.source_addr_ton, dest_addr_npi: pdu.source_addr_npi,
    destination_addr: pdu.source_addr,
    esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT, data_coding: 0
  }
  if (how === 'tlv') {
    // no text at all: only the TLVs speak
    return Object.assign(common, {
      short_message: Buffer.alloc(0), receipted_message_id: id, message_state: state
    })
  }
  return Object.assign(common, {
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2601011200 done date:2601011201 ` +
      `stat:${stat} err:000 text:`
  })
}

function report(pdu, id, how) {
  // Any bind that may receive serves, as with a real carrier.
  const taker = bound.find(one => one.how === how && one.kind !== 'bind_transmitter')
  if (!taker) return
  for (const [stat, state] of [['ACCEPTD', 6], ['DELIVRD', 2]]) {
    taker.session.deliver_sm(receipt(pdu, id, how, stat, state), answer =>
      say('acknowledged', { id, stat, how, status: answer.command_status }))
  }
}

function serve(session) {
  const mine = { session, kind: null, how: null }
  sessions.add(session)
  session.on('error', error => say('error', { text: String(error) }))
  session.on('close', () => {
    sessions.delete(session)
    if (bound.includes(mine)) bound.splice(bound.indexOf(mine), 1)
    say('closed', { kind: mine.kind, how: mine.how })
  })
  for (const kind of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
    session.on(kind, pdu => {
      session.send(pdu.response({ system_id: 'npm' }))
      Object.assign(mine, { kind, how: pdu.system_type })
      bound.push(mine)
      say('bound', {
        kind, how: mine.how, system_id: pdu.system_id, password: pdu.password,
        interface_version: pdu.interface_version
      })
    })
  }
  session.on('submit_sm', pdu => {
    if (throttles > 0) {
      throttles--
      session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }))
      say('throttled', { destination: pdu.destination_addr })
      return
    }
    const id = 'npm-' + ++lastId
    say('submitted', Object.assign({
      id, kind: mine.kind, how: mine.how,
      source: pdu.source_addr, source_ton: pdu.source_addr_ton, source_npi: pdu.source_addr_npi,
      destination: pdu.destination_addr, dest_ton: pdu.dest_addr_ton, dest_npi: pdu.dest_addr_npi,
      esm_class: pdu.esm_class, data_coding: pdu.data_coding, protocol_id: pdu.protocol_id,
      registered_delivery: pdu.registered_delivery, schedule: pdu.schedule_delivery_time,
      validity_ms: pdu.validity_period - Date.now()
    }, readMessage(pdu.short_message)))
    session.send(pdu.response({ message_id: id }))
    report(pdu, id, mine.how)
  })
  session.on('enquire_link', pdu => {
    session.send(pdu.response())
    say('enquired', { kind: mine.kind, how: mine.how })
  })
  session.on('unbind', pdu => {
    session.send(pdu.response())
    say('unbound', { kind: mine.kind, how: mine.how })
    session.close()
  })
}

function command(line) {
  const [word, number] = line.split(' ')
  if (word === 'throttle') {
    throttles = Number(number)
    say('will throttle', {})
  }
  for (const one of [...bound]) {
    const facts = { kind: one.kind, how: one.how }
    if (word === 'enquire') {
      one.session.enquire_link(pdu => say('alive', Object.assign(facts, { status: pdu.command_status })))
    } else if (word === 'unbind') {
      one.session.unbind(pdu => {
        say('let go', Object.assign(facts, { status: pdu.command_status }))
        one.session.close()
      })
    }
  }
}

require('readline').createInterface({ input: process.stdin }).on('line', command)
const server = smpp.createServer({}, serve)
server.listen(0, '127.0.0.1', () => say('listening', { port: server.address().port }))
process.on('SIGTERM', () => process.exit(0))
