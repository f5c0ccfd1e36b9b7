"""XML that may be hostile, streamed: elements are told as they come, and nothing is kept.

A document type is refused, so there are no entities to expand and nothing to fetch; one tag may only be so long,
since expat reads an unfinished one again with every piece that comes.
"""

from collections.abc import Callable, Iterable
from xml.parsers import expat

from designs.engines.interface import EngineError

MAX_TAG = 1 << 20
"""Bytes of one tag or comment."""
MAX_DEPTH = 64
Attributes = dict[str, str]


class XmlStream:
    """One document. `line` is where the reader stands, for messages."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._depth = 0
        self.prefixes: dict[str, str] = {}
        """Namespaces by the prefix that the document gave them."""

    def refused(self, reason: str) -> EngineError:
        """An error that says where."""
        return EngineError("bad_geometry", f"{self._what} line {self._parser.CurrentLineNumber}: {reason}")

    def parse(
        self,
        pieces: Iterable[bytes],
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None] = lambda _tag: None,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """Tell `start` and `end` every element, as `namespace name`, and call `between` after every piece."""
        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = end
        self._parser.StartDoctypeDeclHandler = self._no_document_type
        self._parser.StartNamespaceDeclHandler = self._namespace
        fed = 0
        try:
            for piece in pieces:
                fed += len(piece)
                self._parser.Parse(piece, False)  # noqa: FBT003  (not a name of ours)
                if fed - self._parser.CurrentByteIndex > MAX_TAG:
                    raise self.refused(f"something here is longer than {MAX_TAG} bytes")
                between()
            self._parser.Parse(b"", True)  # noqa: FBT003
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise EngineError("bad_geometry", f"{self._what} line {error.lineno}: {reason}") from error

    def _no_document_type(self, *_: object) -> None:
        raise self.refused("a document type is not read (it could define entities)")

    def _namespace(self, prefix: str | None, uri: str) -> None:
        self.prefixes[prefix or ""] = uri
