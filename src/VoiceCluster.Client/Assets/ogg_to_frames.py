"""Two small steps of make-speech.sh: mono to stereo, and Ogg Opus to length-prefixed frames."""
import array
import struct
import sys
import wave


def widen(source: str, target: str) -> None:
    """Writes the mono 16-bit file with two channels, the second 0.5 ms late and softer, so that it is truly stereo."""
    with wave.open(source, "rb") as mono:
        rate = mono.getframerate()
        left = array.array("h", mono.readframes(mono.getnframes()))
    delay = rate // 2000
    right = array.array("h", [0] * delay) + array.array("h", [sample * 3 // 4 for sample in left[:-delay]])
    both = array.array("h", [0] * (2 * len(left)))
    both[0::2] = left
    both[1::2] = right
    with wave.open(target, "wb") as stereo:
        stereo.setnchannels(2)
        stereo.setsampwidth(2)
        stereo.setframerate(rate)
        stereo.writeframes(both.tobytes())


def ogg_packets(data: bytes):
    """Yields the packets of the only logical stream in an Ogg file (RFC 3533 section 6)."""
    offset, partial = 0, b""
    while offset < len(data):
        if data[offset:offset + 4] != b"OggS":
            raise ValueError(f"no Ogg page at byte {offset}")
        lacing = data[offset + 27:offset + 27 + data[offset + 26]]
        offset += 27 + len(lacing)
        for size in lacing:
            partial += data[offset:offset + size]
            offset += size
            if size < 255:
                yield partial
                partial = b""


def demux(source: str, target: str) -> None:
    """Writes each Opus frame as a 16-bit big-endian length and its bytes; the two header packets are left out."""
    with open(source, "rb") as file:
        packets = list(ogg_packets(file.read()))
    if not packets[0].startswith(b"OpusHead") or not packets[1].startswith(b"OpusTags"):
        raise ValueError("not an Ogg Opus file")
    with open(target, "wb") as file:
        for frame in packets[2:]:
            file.write(struct.pack(">H", len(frame)) + frame)


if __name__ == "__main__":
    {"widen": widen, "demux": demux}[sys.argv[1]](sys.argv[2], sys.argv[3])
