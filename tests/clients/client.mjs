// A Discord voice library under control of a test: one command per line in, one event per line out, both JSON.
//
//   node client.mjs voice14|voice19 [--without-aes]
//
// Times ("at") are microseconds of the machine's monotonic clock, which other processes of the machine can read too.
import crypto from 'node:crypto';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

const [library, ...flags] = process.argv.slice(2);
const require = createRequire(import.meta.url);

if (flags.includes('--without-aes')) {
  // The library asks for XChaCha20 where the machine has no AES-GCM.
  const ciphers = crypto.getCiphers().filter((name) => name !== 'aes-256-gcm');
  crypto.getCiphers = () => ciphers;
}

const voice = require(library);
const FRAME_MICROSECONDS = 20_000;
const MARKED_FRAME = 0xfc;
const EXTENSION_BIT = 0x10;
const EXTENSION_PROFILE = 0xbede;
const PRIVATE_OPCODES = new Set([2, 4]);

const now = () => Number(process.hrtime.bigint() / 1000n);
const tell = (event, more = {}) => process.stdout.write(`${JSON.stringify({ event, at: now(), ...more })}\n`);

let connection;
let dispatch;
const streams = new WeakSet();
let player;
let talking;

const commands = { join, serverUpdate, speak, play, talk, hush, leave };

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { command, ...values } = JSON.parse(line);
    commands[command](values);
  })
  .on('close', () => process.exit());

process.on('uncaughtException', (error) => {
  tell('crashed', { text: String(error?.stack ?? error) });
  process.exitCode = 1;
  process.stdin.destroy();
  setTimeout(() => process.exit(), 100);
});

tell('loaded', { library, version: voice.version });

/** Plays the part of the main gateway: hands the library what it would have dispatched. */
function join({ endpoint, token, sessionId, userId, guildId, channelId }) {
  connection = voice.joinVoiceChannel({
    guildId,
    channelId,
    selfDeaf: false,
    debug: false,
    adapterCreator: (methods) => {
      dispatch = methods;
      setImmediate(() => {
        methods.onVoiceStateUpdate({ guild_id: guildId, channel_id: channelId, user_id: userId, session_id: sessionId });
        methods.onVoiceServerUpdate({ guild_id: guildId, token, endpoint });
      });
      return {
        sendPayload: (payload) => {
          tell('asks', { channelId: payload.d.channel_id });
          return true;
        },
        destroy: () => {},
      };
    },
  });
  watchConnection();
  mendReceiver();
  watchUsers();
}

/** Hands the library another server, as the main gateway does when the voice server moves a user. */
function serverUpdate({ endpoint, token, guildId }) {
  dispatch.onVoiceServerUpdate({ guild_id: guildId, token, endpoint });
}

/** Announces this user before the first frame, so that listeners lose none. */
function speak() {
  connection.setSpeaking(true);
}

/** Plays frames with the library's own player and pace. */
function play({ frames }) {
  player ??= createPlayer();
  const stream = Readable.from(frames.map((frame) => Buffer.from(frame, 'hex')), { objectMode: true, highWaterMark: frames.length });
  player.play(voice.createAudioResource(stream, { inputType: voice.StreamType.Opus }));
}

/** Sends, until told to hush, frames that each carry the time at which they were sent. */
function talk() {
  let sent = 0;
  let due = now();
  const say = () => {
    const frame = Buffer.alloc(9, MARKED_FRAME);
    frame.writeBigUInt64BE(BigInt(now()), 1);
    sent += connection.playOpusPacket(frame) ? 1 : 0;
    // A pause is not made up for: a burst would meet the server's limits.
    due = Math.max(due + FRAME_MICROSECONDS, now());
    talking = { sent, timer: setTimeout(say, Math.max(0, (due - now()) / 1000)) };
  };
  say();
}

function hush() {
  clearTimeout(talking.timer);
  tell('hushed', { sent: talking.sent });
}

function leave() {
  connection.destroy();
}

function createPlayer() {
  const created = voice.createAudioPlayer();
  created.on('error', (error) => tell('error', { text: String(error) }));
  connection.subscribe(created);
  return created;
}

function watchConnection() {
  connection.on('error', (error) => tell('error', { text: String(error) }));
  connection.on('stateChange', (before, after) => {
    if (after.networking && after.networking !== before.networking) {
      watchNetworking(after.networking);
    }
    if (after.status !== before.status) {
      tell('state', { status: after.status, closeCode: after.closeCode });
    }
  });
}

function watchNetworking(networking) {
  watchSockets(networking, {}, networking.state);
  networking.on('stateChange', (before, after) => {
    watchSockets(networking, before, after);
    if (after.code !== before.code) {
      tell('networking', { code: after.code });
    }
  });
}

function watchSockets(networking, before, after) {
  if (after.ws && after.ws !== before.ws) {
    after.ws.on('packet', (packet) => tellPacket(networking, packet));
    after.ws.on('close', ({ code }) => tell('closed', { closeCode: code }));
  }
  if (after.udp && after.udp !== before.udp) {
    const onMessage = (message) => {
      if (message.length === 8) {
        after.udp.off('message', onMessage);
        tell('echoed');
      }
    };
    after.udp.on('message', onMessage);
  }
}

/** Tells what came over the WebSocket, without keys. */
function tellPacket(networking, { op, seq, d }) {
  const session = op === 4 ? { mode: d.mode, daveVersion: d.dave_protocol_version } : {};
  const clients = networking.state.connectionData?.connectedClients;
  tell('packet', { op, seq, d: PRIVATE_OPCODES.has(op) ? undefined : d, clients: clients && [...clients], ...session });
}

/**
 * Version 0.19.2 takes whatever has 0xbede behind a packet's first 12 bytes for a header extension, without looking at the bit that says whether there is
 * one. Ciphertext begins so once in 65,536 packets, and the library then cuts off most of the frame.
 */
function mendReceiver() {
  const { receiver } = connection;
  const parse = receiver.parsePacket.bind(receiver);
  receiver.parsePacket = (packet, mode, nonce, key, ...rest) => {
    const isMistaken = library === 'voice19' && (packet[0] & EXTENSION_BIT) === 0 && packet.readUInt16BE(12) === EXTENSION_PROFILE;
    return isMistaken ? receiver.decrypt(packet, mode, nonce, key) : parse(packet, mode, nonce, key, ...rest);
  };
}

function watchUsers() {
  const { receiver } = connection;
  receiver.ssrcMap.on('create', ({ userId, audioSSRC }) => {
    listenTo(userId);
    tell('knows', { userId, ssrc: audioSSRC });
  });
  receiver.ssrcMap.on('delete', ({ userId }) => tell('forgets', { userId }));
}

function listenTo(userId) {
  const stream = connection.receiver.subscribe(userId);
  if (streams.has(stream)) {
    // A user who came back has another source and the same stream.
    return;
  }
  streams.add(stream);
  stream.on('data', (frame) => tell('heard', { userId, frame: frame.toString('hex') }));
  stream.on('error', (error) => tell('garbled', { userId, text: String(error) }));
}
