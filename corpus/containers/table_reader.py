"""Writes the rows of a Parquet, Arrow, Feather or ORC file to standard output, for Corpusmill.

Usage: python3 -c CODE KIND PATH SIZE COLUMNS

KIND: parquet, arrow, stream, feather or orc. PATH: the file. SIZE: its bytes, for the progress.
COLUMNS: a JSON list of the wanted columns, [] for all.

The output is a series of frames: a tag of one byte, the length of the payload as 8 bytes, and the
payload. All numbers are little-endian.

S  the schema: JSON {"all": names of all columns, "columns": [[name, kind], ...]}. Values of kind
   "text" are text, those of kind "json" are JSON.
B  a batch: rows (u64), bytes of the file read so far (u64), and for each column: whether it has
   nulls (u8), if so one byte per row (0 for a null); rows + 1 offsets (i64), and the bytes from the
   first offset to the last.
Z  the end: number of rows (u64).
E  an error: one line of text.
"""
import sys

sys.path = [p for p in sys.path if p != ""]
import json
import os
import struct

BATCH_ROWS = 8192
BATCH_BYTES = 1 << 20
OUT = os.fdopen(os.dup(1), "wb", 0)


def frame(tag, *parts):
    parts = [p if isinstance(p, bytes) else memoryview(p).cast("B") for p in parts]
    OUT.write(tag + struct.pack("<Q", sum(len(p) for p in parts)))
    for part in parts:
        at = 0
        while at < len(part):
            at += OUT.write(part[at:])


class Failure(Exception):
    pass


try:
    import pyarrow as pa
    import pyarrow.compute as pc
except ImportError:
    frame(b"E", b"pyarrow is missing")
    sys.exit(1)


def plain(value, column):
    """A value of nested types, as json.dumps takes it."""
    if isinstance(value, dict):
        return {str(key): plain(item, column) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, column) for item in value]
    if isinstance(value, (bytes, bytearray)):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            raise Failure(f"the column {column} holds binary data, which JSON cannot hold")
    if isinstance(value, float) and value - value != 0:
        return None
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)


def kind_of(kind):
    types = pa.types
    if types.is_dictionary(kind):
        return kind_of(kind.value_type)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind):
        return "json"
    if (types.is_string(kind) or types.is_large_string(kind) or types.is_binary(kind)
            or types.is_large_binary(kind) or types.is_fixed_size_binary(kind)
            or types.is_temporal(kind) or types.is_decimal(kind)
            or str(kind) in ("string_view", "binary_view")):
        return "text"
    return "nested"


def as_strings(array, column):
    """The array as one of type large_string."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
    if pa.types.is_large_string(kind):
        return array
    if kind_of(kind) == "nested":
        values = [json.dumps(plain(value, column), ensure_ascii=False)
                  for value in array.to_pylist()]
        return pa.array(values, pa.large_string())
    if pa.types.is_floating(kind):
        if pa.types.is_float16(kind):
            array = array.cast(pa.float32())
        array = pc.if_else(pc.is_finite(array), array, pa.scalar(None, array.type))
    if pa.types.is_fixed_size_binary(kind):
        array = array.cast(pa.large_binary())
    if pa.types.is_interval(kind) or pa.types.is_duration(kind):
        return pa.array([None if v is None else str(v) for v in array.to_pylist()],
                        pa.large_string())
    try:
        return array.cast(pa.large_string())
    except pa.ArrowInvalid:
        raise Failure(f"the column {column} holds binary data, which JSON cannot hold")


def send(arrays, rows, read):
    """Sends a batch, in halves while it is large."""
    ends = []
    for array in arrays:
        offsets = memoryview(array.buffers()[1]).cast("B")[8 * array.offset:][:8 * (rows + 1)]
        first, last = struct.unpack("<q", offsets[:8]) + struct.unpack("<q", offsets[-8:])
        ends.append((offsets, first, last))
    if rows > 1 and sum(last - first for _, first, last in ends) > BATCH_BYTES:
        half = rows // 2
        send([a.slice(0, half) for a in arrays], half, read)
        send([a.slice(half) for a in arrays], rows - half, read)
        return
    parts = [struct.pack("<QQ", rows, read)]
    for array, (offsets, first, last) in zip(arrays, ends):
        nulls = array.null_count > 0
        parts.append(b"\1" if nulls else b"\0")
        if nulls:
            valid = array.is_valid().cast(pa.uint8())
            parts.append(memoryview(valid.buffers()[1]).cast("B")[valid.offset:][:rows])
        parts.append(offsets)
        data = array.buffers()[2]
        parts.append(memoryview(data).cast("B")[first:last] if data is not None else b"")
    frame(b"B", *parts)


def batches_of(kind, path, wanted):
    """The names of all columns, the type of each, and (batch, part of the file read) pairs."""
    if kind == "parquet":
        import pyarrow.parquet as pq
        file = pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
        schema, total = file.schema_arrow, max(1, file.metadata.num_rows)

        def batches(columns):
            done = 0
            for batch in file.iter_batches(BATCH_ROWS, columns=columns, use_threads=False):
                done += batch.num_rows
                yield batch, done / total
    elif kind == "orc":
        import pyarrow.orc as orc
        file = orc.ORCFile(path)
        schema = file.schema

        def batches(columns):
            for i in range(file.nstripes):
                batch = file.read_stripe(i, columns=columns)
                yield batch, (i + 1) / file.nstripes
    elif kind == "feather":
        import pyarrow.feather as feather
        table = feather.read_table(path, memory_map=False, use_threads=False)
        schema = table.schema

        def batches(columns):
            for batch in table.select(columns).to_batches(BATCH_ROWS):
                yield batch, 0
    else:
        source = pa.OSFile(path)
        reader = pa.ipc.open_file(source) if kind == "arrow" else pa.ipc.open_stream(source)
        schema = reader.schema

        def batches(columns):
            if kind == "arrow":
                count = max(1, reader.num_record_batches)
                for i in range(reader.num_record_batches):
                    yield reader.get_batch(i).select(columns), (i + 1) / count
            else:
                for batch in reader:
                    yield batch.select(columns), 0
    return schema, batches


def run(kind, path, size, wanted):
    schema, batches = batches_of(kind, path, wanted)
    names = list(schema.names)
    if len(set(names)) < len(names):
        raise Failure("two columns have the same name")
    columns = [name for name in names if not wanted or name in wanted]
    kinds = {name: kind_of(schema.field(name).type) for name in columns}
    described = [[name, "text" if kinds[name] == "text" else "json"] for name in columns]
    frame(b"S", json.dumps({"all": names, "columns": described}).encode())
    rows = 0
    for batch, part in batches(columns):
        rows += batch.num_rows
        for start in range(0, batch.num_rows, BATCH_ROWS):
            piece = batch.slice(start, BATCH_ROWS)
            arrays = [as_strings(piece.column(i), piece.schema.names[i])
                      for i in [piece.schema.get_field_index(name) for name in columns]]
            if piece.num_rows > 0:
                send(arrays, piece.num_rows, int(part * size))
    frame(b"Z", struct.pack("<Q", rows))


try:
    run(sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4]))
except BrokenPipeError:
    sys.exit(1)
except MemoryError:
    frame(b"E", b"pyarrow has no memory to read it")
    sys.exit(1)
except KeyboardInterrupt:
    sys.exit(130)
except Exception as error:
    text = " ".join(str(error).split()) or type(error).__name__
    frame(b"E", text.encode("utf-8", "replace"))
    sys.exit(1)
