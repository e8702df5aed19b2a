import Glibc
import ONNX

/// Local response normalisation across channels:
/// `y[c] = x[c] / (bias + alpha / size · Σ x[i]²)^beta` over the channels i from `c − ⌊(size−1)/2⌋` to
/// `c + ⌈(size−1)/2⌉` that exist.
///
/// - Shapes: `[N, C, …]`.
/// - `size`: channels, 1 or more. `alpha`, `beta`, `bias`: by default 0.0001, 0.75, 1.
/// - Types: float32.
struct LRN: Layer {
    private let size: Int
    private let alpha: Float
    private let beta: Float
    private let bias: Float

    init(_ node: inout AttributeReader) throws(LayerError) {
        size = try node.integer("size", in: 1...1 << 20, default: 0)
        alpha = try node.float("alpha", default: 0.0001)
        beta = try node.float("beta", default: 0.75)
        bias = try node.float("bias", default: 1)
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] { [ValueFacts(try inputs.spatial(0))] }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.only() }

    /// The same on blocked planes; nil where it looks further than that is made for.
    func blocked(channels: Int) -> BlockedResponseComputation? {
        guard size / 2 <= BlockedResponseComputation.mostReach else { return nil }
        return BlockedResponseComputation(
            channels: channels, before: (size - 1) / 2, after: size / 2, scale: alpha / Float(size), bias: bias,
            power: beta)
    }

    func run(_ run: LayerRun) {
        let input = run.input(0)
        guard input.count > 0 else { return }
        let channels = input.shape[1], plane = input.type.count(from: 2)
        let source = input.floats.baseAddress!, target = run.output().floats.baseAddress!
        run.workers.forEach(input.shape[0] * channels) { index in
            let channel = index % channels, batch = index - channel
            let first = max(0, channel - (size - 1) / 2), last = min(channels - 1, channel + size / 2)
            let y = target + index * plane, x = source + index * plane
            for i in 0..<plane { y[i] = 0 }
            for other in first...last {
                let z = source + (batch + other) * plane
                for i in 0..<plane { y[i] += z[i] * z[i] }
            }
            for i in 0..<plane { y[i] = x[i] / powf(bias + alpha / Float(size) * y[i], beta) }
        }
    }
}
