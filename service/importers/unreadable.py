"""What a reader says when a file is no form that it can read."""

from collections.abc import Mapping, Sequence

from service.importers.places import Place
from workflows.catalogue import sentence


class UnreadableForm(Exception):  # named as the other refusals of this project are
    """A file that can't be read, in one sentence: a key of [unreadable], the line where it shows, figures.

    `place` says more where the file has sheets or pages; `more` are further places that are wrong. A parameter
    `problem` is a key of [shape] and is put into words with the others.
    """

    def __init__(
        self,
        message_key: str,
        line: int | None = None,
        params: Mapping[str, str] | None = None,
        *,
        place: Place | None = None,
        more: Sequence["UnreadableForm"] = (),
    ) -> None:
        self.message_key = message_key
        self.line = line
        self.params = dict(params or {})
        self.place = place
        self.more = tuple(more)
        super().__init__(message_key, line, self.params)

    def sentence(self, lang: str) -> str:
        """The sentence in one language, with the place before it where one is known, and how many more there are."""
        first = self._own(lang)
        return first + sentence("unreadable.and_more", lang, count=len(self.more)) if self.more else first

    def sentences(self, lang: str) -> list[str]:
        """Every place that is wrong, each in a sentence."""
        return [self._own(lang), *(one.sentence(lang) for one in self.more)]

    def _own(self, lang: str) -> str:
        params = dict(self.params)
        if "problem" in params:
            params["problem"] = sentence(f"shape.{params['problem']}", lang, **params)
        text = sentence(f"unreadable.{self.message_key}", lang, **params)
        if self.place is not None and (self.place.sheet is not None or self.place.page is not None):
            return sentence("unreadable.at_place", lang, place=self.place.text(lang), text=text)
        return text if self.line is None else sentence("unreadable.at_line", lang, line=self.line, text=text)
