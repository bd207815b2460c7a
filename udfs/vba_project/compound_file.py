"""Writing a compound file of version 3, a file system of storages and streams in one file: [MS-CFB].

The file is a header, then sectors of 512 bytes. The file allocation table (FAT) gives each sector's successor. Streams
below 4,096 bytes share the mini stream, which has 64-byte sectors and a table of its own.
"""

import struct
from collections.abc import Mapping
from typing import Union

import attrs

Storage = Mapping[str, Union[bytes, "Storage"]]

SECTOR, MINI_SECTOR, MINI_CUTOFF = 512, 64, 4096
FAT_IN_HEADER = 109  # more tables would need a second-level table: a file of 6.8 MB
_FREE, _END, _TABLE, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1
_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@attrs.define
class _Entry:
    """A line of the directory."""

    name: str
    kind: int
    data: bytes = b""
    children: list[int] = attrs.field(factory=list)
    color: int = _BLACK
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    start: int = 0  # first sector
    size: int = 0

    def packed(self) -> bytes:
        """Give the 128 bytes of the entry; class and times stay zero."""
        name = self.name.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<HBBIII", len(name), self.kind, self.color, self.left, self.right, self.child)
        return name.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", self.start, self.size)


def compound_file(tree: Storage) -> bytes:
    """Write storages (mappings) and streams (bytes) by name as one file.

    Raises
    ------
    ValueError
        Where a name is longer than 31 characters, or the content larger than this writer's one level of tables holds.
    """
    entries = [_Entry("Root Entry", _ROOT)]
    _add(entries, 0, tree)
    for entry in entries:
        entry.child = _balance(entries, sorted(entry.children, key=lambda i: _order(entries[i].name)))

    sectors = _Sectors()
    mini, mini_table = bytearray(), list[int]()
    for entry in entries:
        entry.size = len(entry.data)
        if entry.kind != _STREAM:
            continue
        if not entry.data:
            entry.start = _END
        elif entry.size >= MINI_CUTOFF:
            entry.start = sectors.put(entry.data)
        else:
            entry.start = len(mini_table)
            mini_table += _chain(entry.start, -(-entry.size // MINI_SECTOR))
            mini += entry.data.ljust(-(-entry.size // MINI_SECTOR) * MINI_SECTOR, b"\0")
    entries[0].start, entries[0].size = sectors.put(bytes(mini)), len(mini)
    mini_bytes = b"".join(struct.pack("<I", place) for place in mini_table)
    mini_start = sectors.put(mini_bytes, b"\xff")
    unused = bytes(68) + struct.pack("<III", _NONE, _NONE, _NONE) + bytes(48)
    directory = b"".join(entry.packed() for entry in entries) + unused * (-len(entries) % (SECTOR // len(unused)))
    directory_start = sectors.put(directory)
    fat = sectors.close()

    header = _SIGNATURE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    mini_count = -(-len(mini_bytes) // SECTOR)
    header += struct.pack("<9I", 0, len(fat), directory_start, 0, MINI_CUTOFF, mini_start, mini_count, _END, 0)
    header += struct.pack(f"<{FAT_IN_HEADER}I", *fat, *[_FREE] * (FAT_IN_HEADER - len(fat)))
    return header + b"".join(sectors.content)


def _add(entries: list[_Entry], parent: int, tree: Storage) -> None:
    """Append a storage's content to the directory, depth first."""
    for name, content in tree.items():
        if len(name) > 31:
            message = f"{name!r} is longer than the 31 characters that a compound file allows"
            raise ValueError(message)
        here = len(entries)
        entries[parent].children.append(here)
        if isinstance(content, bytes):
            entries.append(_Entry(name, _STREAM, content))
        else:
            entries.append(_Entry(name, _STORAGE))
            _add(entries, here, content)


def _order(name: str) -> tuple[int, str]:
    """Shorter names come first, then by upper-case letters: [MS-CFB] 2.6.4."""
    return len(name.encode("utf-16-le")), name.upper()


def _balance(entries: list[_Entry], ordered: list[int]) -> int:
    """Link entries as a red-black tree: halved all the way down, its lowest level red; returns the root."""
    lowest = len(ordered).bit_length() - 1

    def link(part: list[int], depth: int) -> int:
        if not part:
            return _NONE
        middle = len(part) // 2
        entry = entries[part[middle]]
        entry.color = _RED if depth == lowest and depth > 0 else _BLACK
        entry.left, entry.right = link(part[:middle], depth + 1), link(part[middle + 1 :], depth + 1)
        return part[middle]

    return link(ordered, 0)


def _chain(start: int, count: int) -> list[int]:
    """Give the table of a run of sectors that follow one another."""
    return [*range(start + 1, start + count), _END]


@attrs.define
class _Sectors:
    """The sectors after the header, and the table of their successors."""

    content: list[bytes] = attrs.field(factory=list)
    table: list[int] = attrs.field(factory=list)

    def put(self, data: bytes, padding: bytes = b"\0") -> int:
        """Append data in whole sectors; returns the first sector's number, or the end mark where there is no data."""
        if not data:
            return _END
        start, count = len(self.content), -(-len(data) // SECTOR)
        data = data.ljust(count * SECTOR, padding)
        self.content += [data[i * SECTOR : (i + 1) * SECTOR] for i in range(count)]
        self.table += _chain(start, count)
        return start

    def close(self) -> list[int]:
        """Append the table itself; returns the numbers of its sectors."""
        places = SECTOR // 4
        count = 1
        while count * places < len(self.table) + count:
            count += 1
        if count > FAT_IN_HEADER:
            message = f"the content needs {count} allocation tables; this writer holds {FAT_IN_HEADER}"
            raise ValueError(message)
        start = len(self.content)
        table = [*self.table, *[_TABLE] * count]
        table += [_FREE] * (count * places - len(table))
        self.content += [struct.pack(f"<{places}I", *table[i * places : (i + 1) * places]) for i in range(count)]
        return list(range(start, start + count))
