import gc
import io
import unittest
import weakref
from contextlib import redirect_stderr
from typing import Any

import mapistore.backend
from mapistore import (
    Backend,
    BytesStream,
    Capabilities,
    Context,
    Error,
    ErrorCode,
    Folder,
    Message,
    Properties,
    RowsTable,
    TableKind,
    derived,
    outcomes,
    testing,
)
from mapistore.component import ContextHandle, FolderHandle, Provider
from mapistore.tags import *
from mapistore.types import ConnectionInfo, Err, Guid, ItemOutcome, Ok, TransferSource_SameContext

CONNECTION = ConnectionInfo("alice", "alice", Guid(1, 2), 1, 0x409, 1252)


class Small(Backend):
    name = "small"

    def create_context(self, connection: ConnectionInfo, uri: str) -> Context:
        return Root()


class Root(Context):
    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.fails = False

    def get_root_folder(self, id: int) -> Folder:
        return Bad(self)

    def close(self) -> None:
        self.seen.append("close")

    def dropped(self) -> None:
        self.seen.append("dropped")


class Bad(Folder):
    """A folder whose calls go wrong, each in its way."""

    dropped_count = 0

    def __init__(self, parent: Root) -> None:
        self.parent = parent
        self.me = self  # A cycle, as authors make them.

    def dropped(self) -> None:
        Bad.dropped_count += 1
        if self.parent.fails:
            raise ValueError("a destructor that fails")

    def get_child_count(self, kind: TableKind) -> int:
        match kind:
            case TableKind.CONTENTS:
                raise Error(ErrorCode.IN_USE, "locked \ud800")
            case TableKind.HIERARCHY:
                return open("/nowhere/at/all").fileno()
            case TableKind.RULES:
                raise SystemExit(3)
            case TableKind.ASSOCIATED:
                return self.get_child_count(kind)
            case _:
                return {}["missing"]

    def open_folder(self, id: int) -> Folder:
        return None  # pyright: ignore[reportReturnType]

    def list_properties(self) -> list[int]:
        return (PID_TAG_SUBJECT,)  # pyright: ignore[reportReturnType]

    def set_read_flags(self, ids: list[int], read: bool) -> list[ItemOutcome]:
        return "text"  # pyright: ignore[reportReturnType]

    def copy_to(self, target: Folder, recursive: bool, new_name: str) -> None:
        self.parent.seen.append(target)

    def move_copy_messages(self, source: Folder | str, items: list[Any], copy: bool) -> list[ItemOutcome]:
        self.parent.seen.append(source)
        return []


class Component(unittest.TestCase):
    def setUp(self):
        testing.reset()
        mapistore.backend._exported[:] = [Small]  # pyright: ignore[reportPrivateUsage]
        self.context: Any = Provider().create_context(CONNECTION, "small://alice/")
        self.folder: Any = self.context.get_root_folder(1)

    def answer(self, call: Any, *arguments: Any) -> tuple[ErrorCode, str, str]:
        with redirect_stderr(io.StringIO()) as log, self.assertRaises(Err) as refused:
            call(*arguments)
        error: Any = refused.exception.value
        return error.code, error.detail, log.getvalue()

    def test_what_is_not_written_answers_not_implemented_by_its_name(self):
        code, detail, log = self.answer(self.folder.open_message, 1, False)
        self.assertEqual(code, ErrorCode.NOT_IMPLEMENTED)
        self.assertEqual((detail, log), ("this backend does not implement `folder.open-message`", ""))
        self.assertEqual(self.answer(self.folder.get_properties, [])[0], ErrorCode.NOT_IMPLEMENTED)
        self.assertEqual(self.answer(Provider().list_contexts, "alice")[0], ErrorCode.NOT_IMPLEMENTED)
        self.assertIsNone(Provider().create_root_folder("alice", mapistore.Role.MAIL, 1, "x"))
        self.folder.preload_messages(TableKind.CONTENTS, [])

    def test_an_error_has_its_code_and_an_oserror_the_one_that_says_the_same(self):
        code, detail, log = self.answer(self.folder.get_child_count, TableKind.CONTENTS)
        self.assertEqual((code, detail, log), (ErrorCode.IN_USE, "locked ?", ""))
        code, detail, _ = self.answer(self.folder.get_child_count, TableKind.HIERARCHY)
        self.assertEqual(code, ErrorCode.NOT_FOUND)
        self.assertIn("/nowhere/at/all", detail)

    def test_any_other_exception_is_failed_with_a_traceback_in_the_log(self):
        for kind, word in [
            (TableKind.PERMISSIONS, "KeyError: 'missing'"),
            (TableKind.ASSOCIATED, "RecursionError"),
            (TableKind.RULES, "`sys.exit(3)`"),
        ]:
            code, detail, log = self.answer(self.folder.get_child_count, kind)
            self.assertEqual(code, ErrorCode.FAILED)
            self.assertIn(word, detail)
            self.assertIn("in get_child_count", log)

    def test_an_answer_that_is_no_object_is_an_error_and_any_sequence_a_list(self):
        code, detail, _ = self.answer(self.folder.open_folder, 1)
        self.assertEqual(code, ErrorCode.FAILED)
        self.assertIn("`Folder.open_folder` answered a `NoneType`", detail)
        self.assertEqual(self.folder.list_properties(), [PID_TAG_SUBJECT])
        self.assertEqual(self.answer(self.folder.set_read_flags, [], True)[1:2], ("`Folder.set_read_flags` answered a `str`, and has to answer a `list`",))

    def test_a_folder_of_the_host_arrives_as_the_authors_own(self):
        self.folder.copy_to(self.folder, False, "x")
        self.folder.move_copy_messages(TransferSource_SameContext(self.folder), [], True)
        self.assertEqual(self.context.object.seen, [self.folder.object] * 2)

    def test_the_destructor_runs_when_the_handle_goes_and_not_when_garbage_is_collected(self):
        before = Bad.dropped_count
        self.context.object.fails = True
        gc.disable()
        try:
            with redirect_stderr(io.StringIO()) as log:
                del self.folder
        finally:
            gc.enable()
        self.assertEqual(Bad.dropped_count, before + 1)
        self.assertIn("a destructor that fails", log.getvalue())

    def test_cycles_are_collected_as_handles_go(self):
        gc.disable()
        try:
            objects: list[weakref.ref[Bad]] = []
            for _ in range(200):
                handle = FolderHandle(Bad(Root()))
                objects.append(weakref.ref(handle.object))
                del handle
            self.assertLessEqual(sum(each() is not None for each in objects), 64)
        finally:
            gc.enable()

    def test_the_bindings_own_finalizer_never_runs(self):
        handle = self.folder
        handle.finalizer = finalizer = weakref.finalize(handle, self.fail)
        self.assertFalse(finalizer.alive)
        handle.finalizer.detach()

    def test_close_reaches_the_context_and_is_its_destructor(self):
        root = self.context.object
        ContextHandle.close(self.context)
        ContextHandle.__del__(self.context)
        self.assertEqual(root.seen, ["close", "dropped"])

    def test_one_class_is_exported(self):
        mapistore.backend._exported.append(Small)  # pyright: ignore[reportPrivateUsage]
        with self.assertRaisesRegex(RuntimeError, "`Small`, `Small`"):
            Provider().describe()

    def test_handles_have_every_call_of_the_contract(self):
        from wit_world.exports import mapistore_objects as contract

        from mapistore import component

        for name in ("Context", "Folder", "Message", "Attachment", "Table", "PropertyStream"):
            handle = vars(component)["StreamHandle" if name == "PropertyStream" else name + "Handle"]
            calls = {call for call in vars(vars(contract)[name]) if not call.startswith("_")}
            self.assertLessEqual(calls, set(dir(handle)), name)


class Claims(unittest.TestCase):
    def test_a_claim_is_what_a_class_overrides(self):
        class Mine(Backend):
            name = "mine"
            also = Capabilities.SOFT_DELETE

            def generate_uri(self, username: str, folder: str, message: str, root_uri: str) -> str:
                return ""

        before = derived(Mine)
        self.assertIn(Capabilities.GENERATE_URI, before)
        self.assertIn(Capabilities.COPY_FOLDER, before)  # `Bad.copy_to`.
        for absent in (Capabilities.FOLDERS, Capabilities.SUBMIT, Capabilities.RESTRICTIONS, Capabilities.CREATE_ROOT):
            self.assertNotIn(absent, before)

        class Sends(Message):
            def submit(self, mode: Any) -> None:
                pass

        self.assertEqual(derived(Mine), before | Capabilities.SUBMIT)
        self.assertEqual(Mine().describe().capabilities, before | Capabilities.SUBMIT | Capabilities.SOFT_DELETE)
        Mine.capabilities = Capabilities.STREAMS
        self.assertEqual(Mine().describe().capabilities, Capabilities.STREAMS)
        del Sends

    def test_a_batch_has_an_outcome_for_each_id(self):
        def do(id: int) -> None:
            if id == 2:
                raise Error(ErrorCode.DENIED)

        self.assertEqual(outcomes([1, 2], do), [ItemOutcome(1, Ok(None)), ItemOutcome(2, Err(ErrorCode.DENIED))])


class Ready(unittest.TestCase):
    def test_rows_come_in_pages_and_past_the_end_there_are_none(self):
        loaded = [0]

        def load() -> list[Properties]:
            loaded[0] += 3
            return [Properties({PID_TAG_SUBJECT: str(number)}) for number in range(loaded[0])]

        table = RowsTable([PID_TAG_SUBJECT], load)
        with self.assertRaises(Error) as early:
            table.query_rows(0, 1)
        self.assertEqual(early.exception.code, ErrorCode.NOT_INITIALIZED)
        table.set_columns([PID_TAG_SUBJECT])
        page = table.query_rows(1, 1)
        self.assertEqual((page.row_count, len(page.cells), page.at_end), (1, 1, False))
        last = table.query_rows(2, 0xFFFFFFFF)
        self.assertEqual((last.row_count, last.at_end), (1, True))
        past = table.query_rows(0xFFFFFFFF, 5)
        self.assertEqual((past.row_count, past.at_end), (0, True))
        table.refresh()
        self.assertEqual(table.row_count(), 6)
        table.set_restriction(None)
        with self.assertRaises(Error) as refused:
            table.set_restriction([])
        self.assertEqual(refused.exception.code, ErrorCode.TOO_COMPLEX)

    def test_a_stream_is_clamped_fills_gaps_and_reaches_the_object_at_commit(self):
        committed: list[bytes] = []
        stream = BytesStream(b"ab", committed.append)
        stream.write(4, b"z")
        stream.write(0, b"A")
        self.assertEqual((stream.read(1, 10), stream.read(1 << 63, 5), committed), (b"b\0\0z", b"", []))
        stream.commit()
        stream.set_size(1)
        stream.set_size(3)
        stream.commit()
        self.assertEqual(committed, [b"Ab\0\0z", b"A\0\0"])
        with self.assertRaises(Error) as big:
            stream.write(1 << 63, b"z")
        self.assertEqual(big.exception.code, ErrorCode.TOO_BIG)
        with self.assertRaises(Error) as denied:
            BytesStream(b"").write(0, b"x")
        self.assertEqual(denied.exception.code, ErrorCode.DENIED)


