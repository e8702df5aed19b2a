import NetworkKernels

/// Windows over one to three spatial axes as the kernels want them: always three, the missing ones of size 1.
struct SpatialAxes {
    let axes: [Window.Axis]

    /// - Throws: for more than three axes.
    init(_ axes: [Window.Axis]) throws(LayerError) {
        guard (1...3).contains(axes.count) else {
            throw .unsupported("\(axes.count) spatial axes are not supported; 1 to 3 are")
        }
        let one = Window.Axis(input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0)
        self.axes = [Window.Axis](repeating: one, count: 3 - axes.count) + axes
    }

    private func sizes(_ value: (Window.Axis) -> Int) -> PlainConvolution.Sizes {
        (value(axes[0]), value(axes[1]), value(axes[2]))
    }

    func convolution(channels: Int) -> PlainConvolution {
        PlainConvolution(
            input: sizes(\.input), output: sizes(\.output), kernel: sizes(\.kernel), stride: sizes(\.stride),
            dilation: sizes(\.dilation), padding: sizes(\.padBegin), channels: channels)
    }

    var pooling: PlainPooling {
        PlainPooling(
            input: sizes(\.input), output: sizes(\.output), kernel: sizes(\.kernel), stride: sizes(\.stride),
            dilation: sizes(\.dilation), padding: sizes(\.padBegin), paddingEnd: sizes(\.padEnd))
    }

    var inputCount: Int { axes.map(\.input).reduce(1, *) }
    var outputCount: Int { axes.map(\.output).reduce(1, *) }
    var kernelCount: Int { axes.map(\.kernel).reduce(1, *) }
}

extension LayerInputs {
    /// An input of batch, channels and spatial axes.
    func spatial(_ index: Int) throws(LayerError) -> TensorType {
        let type = try type(index, .float32)
        guard type.rank >= 3 else {
            throw .shape("input \(index) has shape \(type.shape); batch, channels and spatial axes are needed")
        }
        return type
    }
}
