#!/usr/bin/env bash
# Makes speech.opusframes: real speech, 48 kHz stereo Opus, one frame of 20 ms after another.
# Needs espeak-ng, opusenc (Debian: espeak-ng, opus-tools) and python3. Only for making the file again; nothing else needs them.
set -euo pipefail
cd "$(dirname "$0")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

text="Hello, and welcome to the call. This was encoded once, and is sent frame by frame, fifty times a second.
If every word arrives, and in order, this test has passed."

espeak-ng -v en -s 185 -w "$work/mono.wav" "$text"
python3 ogg_to_frames.py widen "$work/mono.wav" "$work/stereo.wav"
opusenc --quiet --speech --vbr --bitrate 40 --framesize 20 --comp 10 "$work/stereo.wav" "$work/speech.opus"
python3 ogg_to_frames.py demux "$work/speech.opus" speech.opusframes
