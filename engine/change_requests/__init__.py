"""变更申请: pause, resume, cancel, transfer, suspend, lift. Each is asked for with a reason and done when it is approved.

No request freezes anything by itself; the diagram's last step carries out what everybody has agreed to.
"""
