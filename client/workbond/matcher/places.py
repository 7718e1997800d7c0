"""Who has to leave when a book is full: fair shares by author, so that spam pushes out only itself.

Two bounds hold, one for all orders and one for each author's. At its own bound an author's worst
order makes room. In a full book, a newcomer takes the place of
1. a weak order (dormant, or of an author without stake or balance), of the author with the most of
   them: it can't be matched, or cost nothing to make, so that keys by the thousand are of no use;
2. else an order of the author with the most orders, if that is more than the newcomer's author
   would have: authors with few orders keep them, whatever the others send;
3. else one of its own author's; else it is refused.
An author's worst order is its oldest weak one, else its oldest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

Key = bytes


class Places:
    """The live orders by author, in the order of their arrival.

    Args:
        most: of all orders.
        most_per_author: of one author's.
    """

    def __init__(self, most: int, most_per_author: int) -> None:
        self._most, self._most_per_author = most, most_per_author
        self._by_author: defaultdict[str, dict[Key, bool]] = defaultdict(dict)
        self._authors: dict[Key, str] = {}
        self._weak: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._authors)

    def put(self, key: Key, author: str, *, weak: bool) -> None:
        """An order comes, or becomes weak or strong; its age stays."""
        held = self._by_author[author]
        self._count(author, weak - held.get(key, False))
        held[key] = weak
        self._authors[key] = author

    def drop(self, key: Key) -> None:
        """An order leaves."""
        author = self._authors.pop(key, None)
        if author is None:
            return
        held = self._by_author[author]
        self._count(author, -held.pop(key))
        if not held:
            del self._by_author[author]

    def of(self, author: str) -> Iterable[Key]:
        """The author's orders."""
        return list(self._by_author.get(author, ()))

    @property
    def authors(self) -> int:
        """How many authors have orders."""
        return len(self._by_author)

    def victim(self, author: str) -> Key | None:
        """Whose order must leave before one more of `author` comes; None while there is room.

        Raises:
            LookupError: the newcomer itself, as nobody has more orders than its author.
        """
        own = self._by_author.get(author, {})
        if len(own) >= self._most_per_author:
            return _worst(own)
        if len(self) < self._most:
            return None
        if self._weak:
            ((who, _),) = self._weak.most_common(1)
            return _worst(self._by_author[who])
        who = max(self._by_author, key=lambda name: len(self._by_author[name]))
        if len(self._by_author[who]) > len(own) + 1:
            return _worst(self._by_author[who])
        if own:
            return _worst(own)
        raise LookupError

    def _count(self, author: str, change: int) -> None:
        self._weak[author] += change
        if not self._weak[author]:
            del self._weak[author]


def _worst(held: dict[Key, bool]) -> Key:
    return next((key for key, weak in held.items() if weak), next(iter(held)))
