"""A model predicts as scikit-learn's machines do; its file is that model, or an error."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from dataclasses import fields, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.format import write_array
from sklearn.svm import SVR

from slamcore.io.errors import InputError
from slamcore.io.model_file import FORMAT, load_model, save_model
from slamcore.model import SlamModel, model_checksum

N_TRAIN, N_PIX = 80, 12
NAMES = ("teff", "logg", "fe_h")
LOW, HIGH = np.array([3100.0, 4.5, -1.0]), np.array([4000.0, 5.1, 0.4])


def labels(n: int, seed: int) -> np.ndarray:
    """Labels of dwarfs."""
    return np.random.default_rng(seed).uniform(LOW, HIGH, (n, len(NAMES)))


@pytest.fixture(scope="module")
def machines() -> list[SVR]:
    """A regression per pixel of flux near 1 on standardised labels; all hyper-parameters vary."""
    reference = labels(N_TRAIN, 1)
    x = (reference - reference.mean(axis=0)) / reference.std(axis=0)
    rng = np.random.default_rng(2)
    y = np.sin(x @ rng.normal(size=(3, N_PIX))) + 0.1 * rng.normal(size=(N_TRAIN, N_PIX))
    return [
        SVR(gamma=(0.1, 0.3, 1.0)[j % 3], C=0.5 + j, epsilon=0.01 * (1 + j)).fit(x, y[:, j])
        for j in range(N_PIX)
    ]


@pytest.fixture(scope="module")
def model(machines) -> SlamModel:
    """The machines' numbers as a model."""
    reference = labels(N_TRAIN, 1)
    dual = np.zeros((N_PIX, N_TRAIN))
    for row, machine in zip(dual, machines, strict=True):
        row[machine.support_] = machine.dual_coef_[0]
    rng = np.random.default_rng(3)
    return SlamModel(
        label_names=NAMES,
        wavelength=6500.0 + 1.5 * np.arange(N_PIX),
        train_labels=reference,
        label_mean=reference.mean(axis=0),
        label_scale=reference.std(axis=0),
        flux_mean=rng.uniform(0.7, 1.1, N_PIX),
        flux_scale=rng.uniform(0.02, 0.2, N_PIX),
        dual=dual,
        bias=np.array([m.intercept_[0] for m in machines]),
        gamma=np.array([m.gamma for m in machines]),
        C=np.array([m.C for m in machines]),
        epsilon=np.array([m.epsilon for m in machines]),
        **{name: rng.uniform(0, 0.1, N_PIX) for name in ("mse", "md", "cv_mse", "cv_md")},
        model_error=rng.uniform(0, 0.01, N_PIX),
        info={"preset": "dr19", "seed": 1, "versions": {"numpy": "2"}, "ranges": [1, 2.5, None]},
    )


def same(one: SlamModel, other: SlamModel) -> bool:
    """Equal to the last bit, ``info`` too."""
    arrays = all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes()
        and getattr(one, name).shape == getattr(other, name).shape
        for name in SlamModel.array_names()
    )
    return arrays and one.label_names == other.label_names and one.info == other.info


# What it predicts


def test_flux_is_that_of_a_machine_per_pixel(model, machines):
    at = labels(50, 5)
    x = (at - model.label_mean) / model.label_scale
    expected = np.column_stack([m.predict(x) for m in machines])
    np.testing.assert_allclose(
        model.predict_flux(at), model.flux_mean + model.flux_scale * expected, rtol=1e-12
    )


def test_jacobian_is_the_slope_of_the_flux(model):
    at, step = labels(20, 6), 1e-5
    jacobian = model.jacobian(at)
    assert jacobian.shape == (20, 3, N_PIX)
    for k in range(len(NAMES)):
        change = np.zeros(3)
        change[k] = step * model.label_scale[k]
        slope = (model.predict_flux(at + change) - model.predict_flux(at - change)) / (
            2 * change[k]
        )
        scale = np.abs(jacobian[:, k]).max()
        np.testing.assert_allclose(jacobian[:, k], slope, atol=1e-7 * scale)


def test_far_from_all_training_stars_the_flux_is_flat(model):
    far = np.array([[1e5, 4.8, 0.0]])
    np.testing.assert_allclose(model.predict_flux(far)[0], model.offset, rtol=1e-14)
    assert not model.jacobian(far).any()


def test_one_star_at_a_time_is_the_same(model):
    at = labels(7, 7)
    alone = np.vstack([model.predict_flux(row[None]) for row in at])
    np.testing.assert_allclose(alone, model.predict_flux(at), rtol=1e-13)
    assert model.predict_flux(np.empty((0, 3))).shape == (0, N_PIX)


def test_pixels_are_grouped_by_gamma(model):
    pixels = np.concatenate([group.pixels for group in model.groups])
    assert len(model.groups) == 3
    np.testing.assert_array_equal(np.sort(pixels), np.arange(N_PIX))


def test_box_holds_the_training_set(model):
    np.testing.assert_array_equal(model.box[0], model.train_labels.min(axis=0))
    np.testing.assert_array_equal(model.box[1], model.train_labels.max(axis=0))


@pytest.mark.parametrize("shape", [(3,), (5, 2), (5, 4), (1, 5, 3)])
def test_labels_of_another_shape_are_refused(model, shape):
    for method in (model.predict_flux, model.jacobian):
        with pytest.raises(ValueError, match="teff, logg, fe_h"):
            method(np.zeros(shape))


def test_a_model_cannot_be_changed(model):
    for name in SlamModel.array_names():
        with pytest.raises(ValueError, match="read-only"):
            getattr(model, name)[...] = 0


@pytest.mark.parametrize("name", SlamModel.array_names())
def test_nan_and_wrong_shapes_are_refused(model, name):
    array = getattr(model, name).copy()
    with pytest.raises(ValueError, match="of shape"):
        replace(model, **{name: array[..., :-1]})
    array.flat[0] = np.nan
    with pytest.raises(ValueError, match=name):
        replace(model, **{name: array})


@pytest.mark.parametrize("name", ["label_scale", "flux_scale", "gamma"])
def test_scales_are_positive(model, name):
    with pytest.raises(ValueError, match=name):
        replace(model, **{name: 0 * getattr(model, name)})


# Its checksum


def test_checksum_sees_every_number_and_the_labels(model):
    checksums = {model_checksum(model), model_checksum(replace(model, label_names=NAMES[::-1]))}
    for name in SlamModel.array_names():
        array = getattr(model, name).copy()
        array.flat[-1] = np.nextafter(array.flat[-1], 1e9)
        checksums.add(model_checksum(replace(model, **{name: array})))
    assert len(checksums) == 2 + len(SlamModel.array_names())


def test_checksum_is_of_what_is_predicted_only(model):
    assert model_checksum(replace(model, info={})) == model_checksum(model)


# Its file


@pytest.fixture(scope="module")
def content(model, tmp_path_factory) -> bytes:
    """The bytes of the model's file."""
    path = tmp_path_factory.mktemp("model") / "model.npz"
    save_model(path, model)
    return path.read_bytes()


def entries(content: bytes) -> dict[str, bytes]:
    """The files inside a model file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    """Write a zip archive."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def npy(array: np.ndarray, **options: bool) -> bytes:
    """An array as ``.npy``."""
    buffer = io.BytesIO()
    write_array(buffer, np.asarray(array), **options)
    return buffer.getvalue()


def header(content: bytes) -> dict:
    """The JSON header."""
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return json.loads(str(stored["header"]))


def with_header(content: bytes, **changes: object) -> dict[str, bytes]:
    """Entries with another header."""
    text = json.dumps({**header(content), **changes})
    return {**entries(content), "header.npy": npy(np.array(text))}


def test_comes_back_to_the_last_bit(model, tmp_path):
    save_model(tmp_path / "model.npz", model)
    loaded = load_model(tmp_path / "model.npz")
    assert same(model, loaded)
    at = labels(30, 8)
    assert np.array_equal(model.predict_flux(at), loaded.predict_flux(at))


def test_the_same_model_is_the_same_file(content, tmp_path):
    save_model(tmp_path / "a.npz", load_model(_written(tmp_path / "b.npz", content)))
    assert (tmp_path / "a.npz").read_bytes() == content


def test_the_header_says_what_the_model_is(model, content):
    found = header(content)
    assert found["format"] == FORMAT
    assert found["labels"] == [
        {"name": "teff", "unit": "K"},
        {"name": "logg", "unit": "dex"},
        {"name": "fe_h", "unit": "dex"},
    ]
    assert found["sha256"] == model_checksum(model)
    text = json.dumps(model.info, sort_keys=True)
    assert found["info_sha256"] == sha256(text.encode()).hexdigest()
    assert found["info"] == model.info


def test_a_label_of_ones_own_has_no_unit(model, tmp_path):
    other = replace(model, label_names=("teff", "logg", "colour"))
    save_model(tmp_path / "model.npz", other)
    assert same(other, load_model(tmp_path / "model.npz"))


@pytest.mark.parametrize("value", [np.nan, np.inf, np.float32(1), object()])
def test_info_that_is_no_json_is_not_written(model, tmp_path, value):
    with pytest.raises(ValueError, match="JSON"):
        save_model(tmp_path / "model.npz", replace(model, info={"rms": value}))
    assert list(tmp_path.iterdir()) == []


def test_a_failed_save_leaves_the_old_file(model, content, tmp_path):
    path = _written(tmp_path / "model.npz", content)
    with pytest.raises(ValueError, match="JSON"):
        save_model(path, replace(model, info={"rms": np.nan}))
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


# Damage


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        load_model(tmp_path / "model.npz")
    with pytest.raises(InputError, match="directory"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"wavelength,flux\n1,2\n", b"PK\x03\x04", npy(np.arange(3.0)), b"\x80\x04K\x01."],
)
def test_a_file_of_another_kind(content, tmp_path):
    with pytest.raises(InputError, match="model file"):
        load_model(_written(tmp_path / "model.npz", content))


def test_an_archive_of_other_things(tmp_path):
    for files in ({}, {"notes.txt": b"text"}, {"header.npy": npy(np.arange(3))}):
        with pytest.raises(InputError):
            load_model(packed(tmp_path / "model.npz", files))


@pytest.mark.parametrize("name", ["dual", "header", "wavelength"])
def test_a_missing_array(content, tmp_path, name):
    files = entries(content)
    del files[f"{name}.npy"]
    with pytest.raises(InputError, match=name if name != "header" else "header of JSON"):
        load_model(packed(tmp_path / "model.npz", files))


def test_an_extra_array(content, tmp_path):
    files = {**entries(content), "more.npy": npy(np.ones(3))}
    with pytest.raises(InputError, match="more"):
        load_model(packed(tmp_path / "model.npz", files))


def test_an_array_twice(content, tmp_path):
    path = packed(tmp_path / "model.npz", entries(content))
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("bias.npy", npy(np.ones(N_PIX)))
    with pytest.raises(InputError, match="one name"):
        load_model(path)


class _Touch:
    """Unpickled, it would leave a file behind."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["bias", "header", "more"])
def test_a_pickle_is_never_run(content, tmp_path, name):
    """Not in an array of the model, not in its header, not beside them."""
    touched = tmp_path / "touched"
    objects = np.array([_Touch(touched)] * N_PIX, dtype=object)
    files = {**entries(content), f"{name}.npy": npy(objects, allow_pickle=True)}
    with pytest.raises(InputError, match="allow_pickle=False"):
        load_model(packed(tmp_path / "model.npz", files))
    assert not touched.exists()


def test_compressed_arrays(content, tmp_path):
    path = packed(tmp_path / "model.npz", entries(content), zipfile.ZIP_DEFLATED)
    with pytest.raises(InputError, match="compressed"):
        load_model(path)


@pytest.mark.parametrize("version", [FORMAT + 1, 0, "1", None, True, 1.5])
def test_another_format(content, tmp_path, version):
    with pytest.raises(InputError, match=f"format 1 to {FORMAT}"):
        load_model(packed(tmp_path / "model.npz", with_header(content, format=version)))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"format": NaN}', "x" * 5000])
def test_a_header_that_is_no_json_object(content, tmp_path, text):
    files = {**entries(content), "header.npy": npy(np.array(text))}
    with pytest.raises(InputError, match="JSON"):
        load_model(packed(tmp_path / "model.npz", files))


@pytest.mark.parametrize("n", [900, 100_000])
def test_a_header_nested_too_deep(content, tmp_path, n):
    """Refused by the parser, or by the checksum."""
    text = json.dumps({**header(content), "info": "DEEP"})
    text = text.replace('"DEEP"', '{"a":' * n + "1" + "}" * n)
    files = {**entries(content), "header.npy": npy(np.array(text))}
    with pytest.raises(InputError, match=r"header of JSON|checksum"):
        load_model(packed(tmp_path / "model.npz", files))


def test_a_changed_law_is_noticed(content, model, tmp_path):
    """One number in info: the arrays are those that were saved."""
    info = {**model.info, "ranges": [1, 2.6, None]}
    files = with_header(content, info=info)
    with pytest.raises(InputError, match="info of checksum"):
        load_model(packed(tmp_path / "model.npz", files))


def test_nan_in_the_header(content, tmp_path):
    files = with_header(content, info={"rms": float("nan")})
    with pytest.raises(InputError, match="NaN is not JSON"):
        load_model(packed(tmp_path / "model.npz", files))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": [{"name": "teff", "unit": "K"}]}, "shape"),
        ({"labels": []}, "shape"),
        ({"labels": None}, "TypeError"),
        ({"labels": [{"name": "teff"}]}, "unit"),
        ({"labels": [["teff", "K"]]}, "TypeError"),
        ({"labels": [{"name": [], "unit": "K"}]}, "TypeError"),
        ({"info": None}, "no info"),
        ({"info": {}}, "info of checksum"),
        ({"info_sha256": None}, "info of checksum None"),
        ({"sha256": "0" * 64}, "checksum 0000"),
        ({"sha256": None}, "checksum None"),
    ],
)
def test_a_header_that_does_not_fit(content, tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        load_model(packed(tmp_path / "model.npz", with_header(content, **changes)))


@pytest.mark.parametrize(("place", "unit"), [(0, "deg"), (1, "K"), (2, None)])
def test_labels_in_another_unit(content, tmp_path, place, unit):
    changed = header(content)["labels"]
    changed[place]["unit"] = unit
    with pytest.raises(InputError, match=repr(unit)):
        load_model(packed(tmp_path / "model.npz", with_header(content, labels=changed)))


def test_labels_exchanged(content, tmp_path):
    """Same units, same shapes: only the checksum tells."""
    changed = header(content)["labels"]
    changed[1], changed[2] = changed[2], changed[1]
    with pytest.raises(InputError, match="checksum"):
        load_model(packed(tmp_path / "model.npz", with_header(content, labels=changed)))


@pytest.mark.parametrize("name", SlamModel.array_names())
def test_an_array_of_another_model(content, model, tmp_path, name):
    """Of the right shape, and of a wrong one, and with NaN."""
    array = getattr(model, name) * 1.001
    spoilt = np.where(np.arange(array.size).reshape(array.shape) == 0, np.nan, array)
    for changed, message in ((array, "checksum"), (array[:-1], "shape"), (spoilt, "NaN")):
        files = {**entries(content), f"{name}.npy": npy(changed)}
        with pytest.raises(InputError, match=message):
            load_model(packed(tmp_path / "model.npz", files))


@pytest.mark.parametrize("kind", ["f4", ">f8", "c16", "U3", "i8"])
def test_arrays_of_another_type(content, tmp_path, kind):
    files = {**entries(content), "bias.npy": npy(np.ones(N_PIX).astype(kind))}
    with pytest.raises(InputError, match="others in bias"):
        load_model(packed(tmp_path / "model.npz", files))


def test_an_array_cut_short(content, model, tmp_path):
    files = {**entries(content), "bias.npy": npy(model.bias)[:-7]}
    with pytest.raises(InputError, match="model file"):
        load_model(packed(tmp_path / "model.npz", files))


def _identical_or_error(damaged: bytes, model: SlamModel) -> None:
    with TemporaryDirectory() as folder:
        path = _written(Path(folder) / "model.npz", damaged)
        with suppress(InputError):
            assert same(model, load_model(path))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damaged_bytes_never_give_another_model(model, content, data):
    damaged = bytearray(content)
    # Most bytes are numbers of arrays: half of the changes go to the directory of the archive.
    low = data.draw(st.sampled_from([0, len(content) - 2500]))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(low, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    _identical_or_error(bytes(damaged), model)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_cut_or_longer_file_never_gives_another_model(model, content, data):
    start = data.draw(st.integers(0, len(content)))
    stop = data.draw(st.integers(start, len(content)))
    _identical_or_error(content[:start], model)
    _identical_or_error(content[:start] + content[stop:], model)
    _identical_or_error(content + data.draw(st.binary(max_size=50)), model)


def test_every_array_is_kept(content):
    names = {f.name for f in fields(SlamModel)} - {"label_names", "info"}
    assert set(entries(content)) == {f"{name}.npy" for name in names | {"header"}}
