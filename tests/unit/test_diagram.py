"""What the diagrams show, before Graphviz lays it out."""

from imports import direct, imported_modules, in_layers
from tree import kinds, title

from adamdoc import Adam, AMSGrad, GradientDescent, Momentum, lineage


def test_a_method_that_the_legend_does_not_name_has_the_ideas_of_its_first_parent():
    methods = lineage.methods()
    found = kinds(methods, [["GradientDescent"], ["Momentum", "Adam"], ["RMSprop", "Adam"]])
    assert found[GradientDescent] == [0]
    assert found[Momentum] == [1]
    assert found[Adam] == found[AMSGrad] == [1, 2]
    assert found.keys() == {*methods}


def test_the_title_of_a_method_says_its_year_idea_and_parents():
    assert title(AMSGrad, "another second moment") == (
        "2018 AMSGrad (another second moment). Adam that divides by the largest second moment so "
        "far, without bias correction. Builds on Adam."
    )
    assert "Builds on" not in title(GradientDescent, "gradient descent itself")


def test_imports_that_follow_from_others_are_left_out():
    imports = {"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": {"c"}}
    assert direct(imports) == [("a", "b"), ("b", "c"), ("d", "c")]
    assert in_layers(imports) == [["a"], ["b", "d"], ["c"]]


def test_every_import_leads_to_a_lower_layer():
    imports = imported_modules()
    level = {name: k for k, layer in enumerate(in_layers(imports)) for name in layer}
    assert level.keys() == imports.keys()
    assert all(level[name] < level[other] for name in imports for other in imports[name])
    assert level["adamdoc.papers"] < level["adamdoc.optimizers"]
