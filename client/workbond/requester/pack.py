"""A job's files as blobs: the program, the inputs, their list if they are many, and the spec."""

from __future__ import annotations

from dataclasses import dataclass

from workbond.blobs.store import BlobStore
from workbond.cid import cid_of_digest
from workbond.errors import InvalidProgram, UsageError
from workbond.executor.module import check_form, inspect
from workbond.executor.profile import MAX_MODULE_BYTES
from workbond.inputs import LIST_BYTES_MAX
from workbond.jobfile import JobFile
from workbond.progress import progress
from workbond.spec import SPEC_BYTES_MAX, InputList, Spec


@dataclass(frozen=True)
class Package:
    """A job whose blobs lie in the store, ready to be served.

    `cids` are all blobs a provider needs (each once), `names` the input files' names by task.
    """

    spec: Spec
    cids: tuple[str, ...]
    names: tuple[str, ...]


def check_program(job: JobFile) -> None:
    """Refuses a program that every provider would refuse; raises `UsageError`.

    The static rules of the profile; whether the code itself is valid, the provider's compiler says.
    """
    path = job.program_path
    try:
        with path.open("rb") as file:
            module = file.read(MAX_MODULE_BYTES + 1)
        check_form(module)
        needs = inspect(module)
    except OSError as error:
        raise UsageError(f"the program {path} can't be read: {error.strerror or error}") from error
    except InvalidProgram as error:
        raise UsageError(f"{path}: {error}") from error
    if needs.memory_bytes > job.limits.memory:
        raise UsageError(
            f"{path}: the program starts with {needs.memory_bytes:,} bytes of memory, but "
            f"limits.memory is {job.limits.memory:,}: raise it"
        )


def pack(job: JobFile, store: BlobStore) -> Package:
    """Copies the job's files into `store` and makes the spec."""
    program = store.put_file(job.program_path)
    inputs = []
    with progress("hashing inputs", total=job.tasks) as bar:
        for path in job.input_paths:
            inputs.append(store.put_file(path))
            bar.advance()
    spec, list_data = job.make_spec(program, inputs)
    lists = [] if list_data is None else [store.put(list_data)]
    cids = dict.fromkeys([store.put(spec.to_bytes()), program, *lists, *inputs])
    return Package(spec, tuple(cids), tuple(path.name for path in job.input_paths))


def repack(spec_digest: bytes, tasks: int, store: BlobStore) -> tuple[str, ...]:
    """All blobs of a job that this machine packed before; raises `BlobError` if one is gone."""
    cid = cid_of_digest(spec_digest)
    spec = Spec.from_bytes(store.read(cid, max_bytes=SPEC_BYTES_MAX))
    lists: list[str] = []
    list_data = None
    if isinstance(spec.inputs, InputList):
        lists = [spec.inputs.list]
        list_data = store.read(spec.inputs.list, max_bytes=LIST_BYTES_MAX)
    cids = dict.fromkeys([cid, spec.program, *lists, *spec.input_cids(tasks, list_data)])
    for needed in cids:
        store.size(needed)
    return tuple(cids)
