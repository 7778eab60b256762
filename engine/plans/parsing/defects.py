"""The closed list of defect names, with what each tells a person. docs/plan-defects.md says the same in English."""

DEFECTS: dict[str, str] = {
    "missing_closing_bracket": "括号没有收尾，按段落结束处理",
    "missing_opening_bracket": "括号没有开头，按标签处理",
    "doubled_closing_bracket": "收尾括号重复",
    "mismatched_bracket": "括号前后不配对",
    "unclosed_inner_bracket": "单位名称中的括号没有收尾",
    "missing_enumeration_comma_in_lead": "牵头单位之间缺少顿号",
    "missing_enumeration_comma_in_responsible": "责任单位之间缺少顿号",
    "missing_enumeration_comma_in_cooperating": "配合单位之间缺少顿号",
    "missing_enumeration_comma_in_supervising": "督导单位之间缺少顿号",
    "missing_comma_in_body": "正文中疑似缺少逗号",
    "missing_separator_after_number": "编号后缺少顿号",
    "missing_number": "编号缺失，按前后编号推断",
    "full_width_digits": "编号使用了全角数字",
    "label_variant": "标签与全文其他各处不一致",
    "missing_colon_after_label": "标签后缺少冒号",
    "unit_name_cut_by_line": "单位名称被换行截断",
    "missing_assignment": "没有读到牵头或责任单位",
    "impossible_date": "日期不存在，按当月最后一日处理",
    "garbled_date": "日期缺少分隔，无法辨认",
    "year_unknown": "无法确定时限所属年份",
}
