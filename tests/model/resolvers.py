"""Cases at keys that judge as they like: rightly, wrongly, late or never."""

from . import rules
from .calls import Call
from .cast import EVERYBODY
from .crowd import PATIENCE_S
from .jobbers import Jobbers
from .words import NOBODY, State, Verdict


class Resolvers(Jobbers):
    """Everybody may be named as a resolver; some names are nobody's, and stay silent."""

    def dispute(self) -> Call | None:
        ids = [i for i in self.live(State.CLAIMED) if self.last[i].resolver in EVERYBODY]
        in_time = [i for i in ids if self.last[i].window_end > self.now]
        late = ids if self.rng.random() < 0.03 else []
        if not in_time + late:
            return None
        asked = [i for i in in_time if rules.unanswered(self.last[i])]
        if not asked and not late and self.rng.random() < 0.6:
            return None  # the requester may ask for output first
        id_ = self.rng.choice(asked or in_time or late)
        job = self.last[id_]
        at = self.near(job.window_end)
        return self.call("dispute", job.resolver, id_, job, at=at)

    def resolve(self) -> Call | None:
        id_ = self.pick(State.DISPUTED, self.case_end)
        if id_ is None or self.last[id_].resolver not in EVERYBODY:
            return None
        job = self.last[id_]
        if id_[0] % 5 == 0 and self.rng.random() < 0.95:
            return None  # silent to the end
        if rules.unanswered(job) and self.rng.random() < 0.5:
            return None  # the output may tell more
        verdict = Verdict(self.rng.random() < 0.55)
        named = (*EVERYBODY, self.committee.address)  # whom it may be given without having asked
        challenger = NOBODY if self.rng.random() < 0.5 else self.rng.choice(named)
        at = self.near(rules.case_end(job), patience_s=rules.HOUR_S)
        return self.call("resolve", job.resolver, id_, job, verdict, challenger, at=at)

    def timeout(self) -> Call | None:
        """Anybody ends what was silent for too long, or waits for the next such second."""
        ids = sorted(self.live(State.DISPUTED), key=self.case_end)
        over = [i for i in ids if self.case_end(i) <= self.now]
        soon = [i for i in ids if 0 < self.case_end(i) - self.now < PATIENCE_S]
        some = soon[:1] if soon and self.rng.random() < 0.9 else over or soon
        if not some:
            return None
        id_ = self.rng.choice(some)
        at = max(self.case_end(id_) + self.rng.choice((-1, 0, 1)), self.now)
        return self.call("timeout", self.rng.choice(EVERYBODY), id_, self.last[id_], at=at)
