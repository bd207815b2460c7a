"""Compression of VBA source text: [MS-OVBA] 2.4.1."""

import struct

CHUNK = 4096
_SIGNATURE = b"\x01"
_COMPRESSED = 0xB000  # flag and the signature 0b011 that every chunk header carries
_RAW = 0x3000
_SHORTEST = 3  # a copy token takes two bytes, so shorter repeats are written as they are
_CANDIDATES = 64  # earlier places of the same three bytes that are tried: enough for source text


def compress(data: bytes) -> bytes:
    """Compress bytes into a compressed container.

    A chunk that would grow is stored raw, and the format pads a raw chunk with zeros to 4,096 bytes: data whose last
    chunk cannot be compressed comes back longer. Source text never is such data.
    """
    out = bytearray(_SIGNATURE)
    for start in range(0, len(data), CHUNK):
        chunk = data[start : start + CHUNK]
        body, kind = _compressed_chunk(chunk), _COMPRESSED
        if len(body) > CHUNK:
            body, kind = chunk.ljust(CHUNK, b"\0"), _RAW
        out += struct.pack("<H", kind | (len(body) + 2 - 3)) + body
    return bytes(out)


def _compressed_chunk(chunk: bytes) -> bytes:
    """Give a chunk as groups of a flag byte and up to eight tokens: a byte, or a copy of earlier bytes."""
    out = bytearray()
    places: dict[bytes, list[int]] = {}
    position = 0
    while position < len(chunk):
        flags, flags_at = 0, len(out)
        out.append(0)
        for bit in range(8):
            if position >= len(chunk):
                break
            offset, length = _longest_repeat(chunk, position, places)
            if length:
                token = ((offset - 1) << (16 - _offset_bits(position))) | (length - _SHORTEST)
                out += struct.pack("<H", token)
                flags |= 1 << bit
            else:
                length = 1
                out.append(chunk[position])
            for place in range(position, position + length):
                places.setdefault(chunk[place : place + _SHORTEST], []).append(place)
            position += length
        out[flags_at] = flags
    return bytes(out)


def _offset_bits(position: int) -> int:
    """Return how many of a copy token's 16 bits hold its offset: enough for every earlier place, at least 4."""
    return max(4, (position - 1).bit_length())


def _longest_repeat(chunk: bytes, position: int, places: dict[bytes, list[int]]) -> tuple[int, int]:
    """Return how far back the longest repeat of what stands at a position begins, and its length; (0, 0) if none."""
    longest = min((0xFFFF >> _offset_bits(position)) + _SHORTEST, len(chunk) - position)
    offset, length = 0, 0
    if longest < _SHORTEST:
        return offset, length
    for place in reversed(places.get(chunk[position : position + _SHORTEST], ())[-_CANDIDATES:]):
        common = _SHORTEST
        while common < longest and chunk[place + common] == chunk[position + common]:
            common += 1
        if common > length:
            offset, length = position - place, common
            if length == longest:
                break
    return offset, length
