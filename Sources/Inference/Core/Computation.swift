/// What a step of a plan computes: an operator of ONNX, or what such operators have been rewritten into.
protocol Computation: Sendable {
    /// Bytes of working memory that `run` needs.
    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int

    /// Bytes of working memory that each thread needs, from `LayerRun.pool`.
    var pieceScratchByteCount: Int { get }

    func run(_ run: LayerRun) throws(LayerError)

    /// The input in whose memory the first output may be written, if any: `run` then gets the same pointer twice.
    var inPlaceInput: Int? { get }

    /// Where in the first input's memory the output already stands, in bytes, so that it may always lie there: at 0 under
    /// another shape, anywhere as a part. Nil for what is computed.
    var viewOffset: Int? { get }

    /// Multiplications of one run as the operator defines them, for reports; 0 where there are hardly any.
    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int
}

extension Computation {
    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int { 0 }
    var pieceScratchByteCount: Int { 0 }
    var inPlaceInput: Int? { nil }
    var viewOffset: Int? { nil }
    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int { 0 }
}

/// What a computation gets for one run. Inputs that are left out and outputs that nobody wants are nil.
struct LayerRun {
    let inputs: [TensorView?]
    let outputs: [TensorView?]
    let scratch: UnsafeMutableRawPointer
    let pool: ScratchPool
    let workers: Workers

    /// - Precondition: the input is there, as `outputs(for:)` has made sure.
    func input(_ index: Int) -> TensorView { inputs[index]! }
    func optional(_ index: Int) -> TensorView? { index < inputs.count ? inputs[index] : nil }

    /// - Precondition: the first output, or one that is known to be wanted.
    func output(_ index: Int = 0) -> TensorView { outputs[index]! }
    func optionalOutput(_ index: Int) -> TensorView? { index < outputs.count ? outputs[index] : nil }
}
