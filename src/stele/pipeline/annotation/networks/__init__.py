"""How the networks of annotation run: on OpenVINO, each for one thread, always in 32-bit floats.

They are small, so bf16 saves little; and what a picture is said to show should not depend on the machine.
"""
