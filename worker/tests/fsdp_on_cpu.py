"""`torchrun fsdp_on_cpu.py RUN`: the training of a run directory, sharded with FSDP2 over processes without a GPU.

FSDP2 itself runs on a CPU with gloo; accelerate only chooses it for GPUs. Here it is told that these processes are to be
sharded over; everything else is the job's own.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from accelerate.state import AcceleratorState, PartialState  # noqa: E402
from accelerate.utils import DistributedType  # noqa: E402

from smt_job import trainer  # noqa: E402
from smt_job.training import main  # noqa: E402

_made = AcceleratorState.__init__


def _sharded(self, *arguments, fsdp_plugin=None, **options):
    _made(self, *arguments, fsdp_plugin=fsdp_plugin, **options)
    if fsdp_plugin is not None and self.distributed_type == DistributedType.MULTI_CPU:
        # As it does for MULTI_GPU.
        self.distributed_type = DistributedType.FSDP
        if self._mixed_precision != "no":
            fsdp_plugin.set_mixed_precision(self._mixed_precision)
        self.fsdp_plugin = fsdp_plugin
        PartialState._shared_state["distributed_type"] = self.distributed_type


AcceleratorState.__init__ = _sharded
trainer.is_sharded = lambda gpu, processes: processes > 1

if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
