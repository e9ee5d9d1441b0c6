"""Values that a reader might set."""

from lossviz.explorer.stage import Choice, Slider, Toggle


def random_values(parameters, rng) -> dict:
    """A random value for each parameter of a scene, on its slider's grid."""

    def one(parameter):
        match parameter:
            case Slider():
                return parameter.at(int(rng.integers(parameter.count + 1)))
            case Choice():
                return str(rng.choice(parameter.options))
            case Toggle():
                return bool(rng.integers(2))
            case _:
                return int(rng.integers(5))

    return {name: one(parameter) for name, parameter in parameters.items()}
