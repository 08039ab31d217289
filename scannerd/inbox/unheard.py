"""Files that only a look found, though a watcher should have told of them: so it is known that it is blind. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from itertools import islice

from scannerd.inbox.lane import LONGEST_PAUSE
from scannerd.inbox.listing import Candidate

_MOST = 5000  # files that are remembered, for each takes memory
_SLACK = 1.0  # seconds that a look may take


class Unheard:
    """Counts them, look by look; all moments are by one monotonic clock."""

    def __init__(self, *, settle: float, patience: float) -> None:
        self._settle = settle
        self._forget_after = patience + 2 * LONGEST_PAUSE
        self._met: dict[Candidate, float] = {}  # settled files, when they were last told of
        self._looks: deque[float] = deque()
        self._was_crowded = False
        self.count = 0

    def look(
        self, settled: Collection[Candidate], now: float, *, heard_at: float, hearing_since: float, crowd: int
    ) -> None:
        """A look told of these files; the last event and the last beginning of the watcher were then."""
        new = {one for one in settled if one not in self._met and one.stamp.size}  # empty ones are told of late
        # A file that the last look did not tell of came after this one, however long a look was waited for.
        came_after = self._look_before(self._looks[-1] - self._settle - _SLACK) if self._looks else None
        is_crowded = crowd > 0 or self._was_crowded
        if came_after is not None and not is_crowded and max(heard_at, hearing_since) < came_after:
            self.count += len(new)
        self._was_crowded = crowd > 0
        self._looks.append(now)
        self._remember(settled, now)

    def _look_before(self, moment: float) -> float | None:
        while len(self._looks) > 1 and self._looks[1] <= moment:
            self._looks.popleft()
        return self._looks[0] if self._looks[0] <= moment else None

    def _remember(self, settled: Collection[Candidate], now: float) -> None:
        """Files that are told of again later, for they had to wait."""
        self._met = {one: at for one, at in self._met.items() if at > now - self._forget_after}
        self._met |= dict.fromkeys(settled, now)
        for one in [*islice(self._met, max(0, len(self._met) - _MOST))]:
            del self._met[one]
