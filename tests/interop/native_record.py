# SPDX-License-Identifier: Apache-2.0
"""Puts records of Ingot's own stream together by hand, as docs/formats.md says."""

import struct
import zlib


def number(value):
    result = bytearray()
    while value > 0x7F:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(result) + bytes([value])


def octets(content):
    return number(len(content)) + content


def padded(content):
    return content + bytes(-len(content) % 64)


def record(tree, names=(), payloads=()):
    """A record whose tree has these nodes, with its checksums."""
    sections = [b"".join([number(len(names)), *map(octets, names)]),
                b"".join([number(len(payloads)), *(number(len(each)) for each in payloads)]), tree]
    structure = b"".join(number(2 + i) + octets(each) for i, each in enumerate(sections))
    body = b"".join(map(padded, payloads))
    end = padded(b"".join(struct.pack("<I", zlib.crc32(each)) for each in payloads) + bytes(4))[:-4]
    end += struct.pack("<I", zlib.crc32(end))
    size = 64 + len(padded(structure)) + len(body) + len(end)
    head = b"\x89INGOT\r\n" + struct.pack("<HHIQQ28x", 1, 0, zlib.crc32(padded(structure)), len(structure), size)
    return head + struct.pack("<I", zlib.crc32(head)) + padded(structure) + body + end
