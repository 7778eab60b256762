"""The text itself, before anything is known of plans. All of it works on folded text, place for place.

* normalise: full to half width, one character for one
* lines: the lines with their places, without the furniture of web pages
* numerals: 12, 十二, 二〇二一 as numbers
* clauses: where the clause or sentence around a place begins and ends
* rejoined: a sentence that lines or cells cut, in one piece, with the way back
"""
