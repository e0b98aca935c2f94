"""Files sealed in chunks: read from any place without the whole in memory, and never without noticing a change.

Format: the mark, then the chunks, each as `KeyRing.seal` leaves it. What is sealed with a chunk is the file's id, the
chunk's number and whether it is the last, so that chunks cannot be cut off, added, moved or taken from another file.
"""

from __future__ import annotations

import io
import os
from typing import BinaryIO
from uuid import UUID

from storage.keys import KeyRing, Undecipherable, sealed_overhead

MARK = b"OTK1"
CHUNK_BYTES = 256 * 1024  # one is in memory for each file being read; 80 random nonces for a file of the largest size


class SealingWriter:
    """Takes the content piece by piece; `close` seals the last chunk, without which the file cannot be read."""

    def __init__(self, target: BinaryIO, ring: KeyRing, file_id: UUID) -> None:
        self._target, self._ring, self._file_id = target, ring, file_id
        self._waiting = bytearray()
        self._number = 0
        target.write(MARK)

    def write(self, piece: bytes) -> None:
        self._waiting += piece
        while len(self._waiting) > CHUNK_BYTES:  # not >=: whether a full chunk is the last shows with the next byte
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), last=False)
            del self._waiting[:CHUNK_BYTES]

    def close(self) -> None:
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, content: bytes, *, last: bool) -> None:
        self._target.write(self._ring.seal(content, _bound_to(self._file_id, self._number, last)))
        self._number += 1


class SealedReader(io.RawIOBase):
    """The content of a sealed file, seekable. Opening proves that nothing is cut off, reading that nothing is changed.

    Raises `Undecipherable` otherwise; what was read before that chunk was right.
    """

    def __init__(self, source: BinaryIO, ring: KeyRing, file_id: UUID) -> None:
        self._source, self._ring, self._file_id = source, ring, file_id
        self._place = 0
        self._chunk_number, self._chunk = -1, b""
        if source.read(len(MARK)) != MARK:
            raise Undecipherable("not a sealed file")
        overhead = sealed_overhead(source.read(1))
        self._sealed_chunk = overhead + CHUNK_BYTES
        sealed = source.seek(0, os.SEEK_END) - len(MARK)
        self._chunks = max(1, -(-sealed // self._sealed_chunk))
        self.size = sealed - self._chunks * overhead
        self._load(self._chunks - 1)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("a place before the start of the file")
        self._place = start + offset
        return self._place

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # any buffer, says io
        if self._place >= self.size:
            return 0
        number, start = divmod(self._place, CHUNK_BYTES)
        self._load(number)
        piece = self._chunk[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def close(self) -> None:
        self._source.close()
        super().close()

    def _load(self, number: int) -> None:
        if number == self._chunk_number:
            return
        self._source.seek(len(MARK) + number * self._sealed_chunk)
        blob = self._source.read(self._sealed_chunk)
        self._chunk = self._ring.unseal(blob, _bound_to(self._file_id, number, number == self._chunks - 1))
        self._chunk_number = number


def _bound_to(file_id: UUID, number: int, last: bool) -> bytes:
    return b"file:" + file_id.bytes + number.to_bytes(8, "big") + (b"\1" if last else b"\0")
