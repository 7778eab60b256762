"""By when, read by a grammar of time limits, one family a file; `deadlines` applies them in order.

* compact: the text without the blanks and line ends that tear a date apart
* masks: what looks like a limit and is a name, a quotation or a reference
* stretch: the text between two fields while its limits are read; phrases: fragments that families share
* recurring: 每季度末月25日前, 每年不少于2次, 周调度 (D8)
* timers: 自收到之日起15日内, 3个工作日内, 一年内 (D7, D14)
* points, dates: the days a wording names, and which of them are limits (D1-D6, D12, D15)
* words: 长期坚持, 立行立改, 限期, 春节前 (D9-D11, D13)
"""
