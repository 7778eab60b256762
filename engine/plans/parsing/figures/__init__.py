"""Figures to reach, each an `Indicator`.

* quantities: 98%, 1.2万人, 5-15个工作日, whatever they count
* tense: whether a clause tells what was reached or what is to be
* indicator_names: what a figure is called
* unsaid: 全覆盖 and its like, figures without a numeral
* indicators: which quantities are figures to reach
* goal_dates: in plans of figures, the dates, too
"""
