import NetworkKernels
import ONNX

/// A convolution together with what follows it: scales and shifts of channels go into weights and bias, activations
/// and a residual sum are done while the results are still in the cache.
struct ConvolutionUnit {
    var label: String
    var layer: Conv
    var source: ValueID
    var weights: Tensor
    /// For each output channel.
    var scale: [Float]
    var bias: [Float]
    var slopes: [Float]?
    var epilogue = Epilogue()
    var residual: ValueID?
    /// Where the channels lie that the weights see, if not in order; for convolutions in groups.
    var inputOrder: [Int]?
    var output: ValueID
    /// Names the weights for the cache; nil where they are not the network's own.
    var key: String?

    var outputs: Int { weights.shape[0] }

    /// Takes `y = scale · x + shift` into the weights.
    ///
    /// - Precondition: nothing comes between the sums and this.
    mutating func fold(scale factor: [Float], shift: [Float]) {
        for channel in 0..<outputs {
            scale[channel] *= factor[channel]
            bias[channel] = bias[channel] * factor[channel] + shift[channel]
        }
        key? += "*"
    }

    /// Lets output channel `channel` lie at `places[channel]`.
    mutating func moveOutputs(to places: [Int]) {
        let size = weights.count / max(1, outputs)
        let (from, oldScale, oldBias, oldSlopes) = (weights, scale, bias, slopes)
        weights = Tensor(from.type) { view in
            from.withElements(of: Float.self) { elements in
                for (channel, place) in places.enumerated() {
                    for i in 0..<size { view.floats[place * size + i] = elements[channel * size + i] }
                }
            }
        }
        for (channel, place) in places.enumerated() {
            scale[place] = oldScale[channel]
            bias[place] = oldBias[channel]
            if let oldSlopes { slopes?[place] = oldSlopes[channel] }
        }
        key? += " moved"
    }

    var canTakeActivation: Bool { (residual == nil ? epilogue.before : epilogue.after) == .none }

    /// - Precondition: `canTakeActivation`.
    mutating func add(_ activation: Epilogue.Activation) {
        if residual == nil { epilogue.before = activation } else { epilogue.after = activation }
    }

    /// The kernels as they are packed.
    var scaledKernels: ScaledKernels { ScaledKernels(weights: weights.resident, scale: scale) }
}

/// The kernels of a convolution, each times the scale of its output channel.
struct ScaledKernels {
    fileprivate let weights: Tensor
    fileprivate let scale: [Float]

    /// The kernel of an output channel and an input channel of its group.
    func kernel(_ output: Int, _ input: Int, _ body: (UnsafePointer<Float>) -> Void) {
        let size = weights.shape[2] * weights.shape[3]
        weights.withElements(of: Float.self) { elements in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { kernel in
                let first = (output * weights.shape[1] + input) * size
                for place in 0..<size { kernel[place] = elements[first + place] * scale[output] }
                body(kernel.baseAddress!)
            }
        }
    }
}
