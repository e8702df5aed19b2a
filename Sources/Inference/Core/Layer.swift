import ONNX

/// One operator of ONNX, with its attributes read.
///
/// A layer is built once from its node, states the types of its outputs before there is any data, and computes.
/// Whatever can be wrong about attributes and shapes is found in `init` and `outputs(for:)`; `run` may rely on both.
protocol Layer: Sendable {
    static var operatorName: String { get }
    /// The operator sets whose definition of the operator this layer follows.
    static var opsets: ClosedRange<Int> { get }
    static var inputCount: ClosedRange<Int> { get }
    static var outputCount: ClosedRange<Int> { get }

    init(_ node: inout AttributeReader) throws(LayerError)

    /// The types of the outputs, all that the operator has; with their values where they follow from types alone.
    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts]

    /// Bytes of working memory that `run` needs.
    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int

    func run(_ run: LayerRun) throws(LayerError)

    /// The input in whose memory the first output may be written, if any: `run` then gets the same pointer twice.
    var inPlaceInput: Int? { get }

    /// Multiplications of one run, for reports; 0 for layers that hardly multiply.
    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int

    /// What can be wrong about the types of constant inputs (nil for others) whatever the other inputs are.
    func check(constants: [TensorType?]) throws(LayerError)
}

extension Layer {
    /// A layer's type is named as in ONNX.
    static var operatorName: String { String(describing: Self.self) }
    static var opsets: ClosedRange<Int> { 1...21 }
    static var inputCount: ClosedRange<Int> { 1...1 }
    static var outputCount: ClosedRange<Int> { 1...1 }
    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int { 0 }
    var inPlaceInput: Int? { nil }
    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int { 0 }
    func check(constants: [TensorType?]) {}
}

/// What a layer gets for one run. Inputs that are left out and outputs that nobody wants are nil.
struct LayerRun {
    let inputs: [TensorView?]
    let outputs: [TensorView?]
    let scratch: UnsafeMutableRawPointer
    let workers: Workers

    /// - Precondition: the input is there, as `outputs(for:)` has made sure.
    func input(_ index: Int) -> TensorView { inputs[index]! }
    func optional(_ index: Int) -> TensorView? { index < inputs.count ? inputs[index] : nil }

    /// - Precondition: the first output, or one that is known to be wanted.
    func output(_ index: Int = 0) -> TensorView { outputs[index]! }
    func optionalOutput(_ index: Int) -> TensorView? { index < outputs.count ? outputs[index] : nil }
}
