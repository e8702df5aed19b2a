import ONNX

/// One operator of ONNX, with its attributes read.
///
/// A layer is built once from its node, states the types of its outputs before there is any data, and computes.
/// Whatever can be wrong about attributes and shapes is found in `init` and `outputs(for:)`; `run` may rely on both.
protocol Layer: Computation {
    static var operatorName: String { get }
    /// The operator sets whose definition of the operator this layer follows.
    static var opsets: ClosedRange<Int> { get }
    static var inputCount: ClosedRange<Int> { get }
    static var outputCount: ClosedRange<Int> { get }

    init(_ node: inout AttributeReader) throws(LayerError)

    /// The types of the outputs, all that the operator has; with their values where they follow from types alone.
    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts]

    /// What can be wrong about the types of constant inputs (nil for others) whatever the other inputs are.
    func check(constants: [TensorType?]) throws(LayerError)

    /// Whether the layer is left to a run even where all of its inputs are known: finding out the shapes of its outputs
    /// is the work itself, and may be much.
    var isAlwaysLate: Bool { get }

    /// What of the network's input the elements of the outputs, `[N, C, H, W]`, depend on along both spatial axes.
    ///
    /// - Returns: nil, by default, where that is all of it or cannot be told.
    func reach(_ inputs: ReachInputs) -> Reach?
}

extension Layer {
    /// A layer's type is named as in ONNX.
    static var operatorName: String { String(describing: Self.self) }
    static var opsets: ClosedRange<Int> { 1...21 }
    static var inputCount: ClosedRange<Int> { 1...1 }
    static var outputCount: ClosedRange<Int> { 1...1 }
    func check(constants: [TensorType?]) {}
    var isAlwaysLate: Bool { false }
    func reach(_ inputs: ReachInputs) -> Reach? { nil }
}
