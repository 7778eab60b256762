"""What is owed, by whom, and how far it is.

Campaign 专项行动 > KeyTask 重点任务 > WorkItem 工作事项 > Obligation 应报事项.
"""
