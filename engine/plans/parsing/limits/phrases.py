"""Fragments that several families share."""

#: 前 that closes a limit; 前后, 前期, 前往 say something else.
BEFORE = r"(?:之前|以前|前(?![后期往来去款述列])|止)"
MONTH = r"(?:1[0-2]|0?[1-9](?!\d)|十[一二]?|[一二三四五六七八九])"
DAY = r"(?:3\d|[12]\d|0?[1-9](?!\d)|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
#: Acts that are done again and again (周调度, 月通报); all of two characters, for look-behinds.
ROUTINES = (
    "监测|调度|通报|报告|研判|会商|例会|小结|抽查|督导|评比|点评|考核|考评|总结|分析|检查|督查|晾晒|排名|"
    "汇报|观摩|评估|巡查|盘点|讲评|反馈|复盘"
)
#: Behind a date without 前, only these make it a limit; "3月印发的" tells history.
DONE = (
    r"(?:(?:全面|全部|基本|如期|按期|组织|整体)?(?:完成|办结|报送|上报|建成|到位|验收|竣工|完工|交付|投用|投入使用|"
    r"整改到位|清零|销号|报备|反馈)|为限)"
)
