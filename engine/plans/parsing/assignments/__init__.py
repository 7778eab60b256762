"""Who does it, by the grammar of assignments and of unit names; no name of a unit is known beforehand.

* labels: the words of a role, 牵头单位: and …牵头
* brackets: matched though lost, doubled or of the wrong kind
* unit_names: what the name of a unit looks like
* units, people: lists of names, where one ends and the next begins; completion: what a list leaves out
* assignment: what one says
* forms: labels with values, units with verbs
* placements: where assignments stand (P1-P6)
* subjects: sentences that begin with the unit, the weakest evidence
"""
