import Dataflow
import Specification

/// Applies a point function to every colour sample: `y = scale · f(gain · x + bias) + shift`.
///
/// - Shapes: as the input. Alpha is left alone.
/// - Precision: double for each value; whole numbers stay whole where the function's pieces are straight.
struct Apply: ImageOperation {
    static let step = StepDescription(
        name: "apply",
        summary: "apply a point function, such as an activation function, to every sample",
        parameters: PointFunction.parameters,
        notes: """
            `y = scale · f(gain · x + bias) + shift`, with x on the 0…255 scale. After a `convolve` step this is a
            neuron over every pixel, σ(w₀ + Σ wⱼxⱼ).

            | function | f(x) |
            |---|---|
            | `sign` | −1, 0 or 1 |
            | `sigmoid` | 1 / (1 + e⁻ˣ) |
            | `tanh` | (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) |
            | `relu` | max(0, x) |
            | `gelu` | x/2 · (1 + erf(x / √2)) |
            | `softplus` | ln(1 + eˣ) |
            | `elu` | x for x > 0, else alpha · (eˣ − 1) |
            | `selu` | 1.0507 · (x for x > 0, else 1.67326 · (eˣ − 1)) |
            | `leaky-relu` | x for x ≥ 0, else 0.01 · x |
            | `prelu` | x for x ≥ 0, else alpha · x |
            | `silu` | x / (1 + e⁻ˣ) |
            | `abs` | the magnitude of x |
            | `invert` | 255 − x |
            | `clamp` | x, at least `low` and at most `high` |
            | `threshold` | 255 for x ≥ `level`, else 0 |
            | `gamma` | 255 · (x / 255) ^ `exponent`, 0 for x ≤ 0 |
            | `scale` | x: only the keys around the function count |
            | `levels` | `low`…`high` stretched to `outputLow`…`outputHigh`, clipped, with `exponent` |
            | `normalize` | the darkest…brightest sample of the picture stretched to `outputLow`…`outputHigh` |
            """,
        examples: [
            #"{ "op": "apply", "function": "sigmoid", "gain": 0.05, "bias": -6.4, "scale": 255 }"#,
            #"{ "op": "apply", "function": "threshold", "level": 100 }"#,
        ])

    let function: PointFunction

    init(_ reader: inout ParameterReader) {
        function = PointFunction(&reader)
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] { inputs }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        [graph.applyWhole(function, to: inputs[0], context)]
    }
}
