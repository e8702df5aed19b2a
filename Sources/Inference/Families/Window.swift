import ONNX

/// Kernel, stride, dilation and padding over the spatial axes, as Conv and the pools have them.
struct Window {
    enum AutomaticPadding: String, CaseIterable {
        case none = "NOTSET"
        case sameUpper = "SAME_UPPER"
        case sameLower = "SAME_LOWER"
        case valid = "VALID"
    }

    var kernel: [Int]?
    var strides: [Int]?
    var dilations: [Int]?
    /// All beginnings, then all ends.
    var pads: [Int]?
    var automatic: AutomaticPadding
    var roundsUp = false

    /// The most that a kernel, stride, dilation or padding may be.
    private static let limit = 1 << 20

    init(_ node: inout AttributeReader) throws(LayerError) {
        kernel = try Window.sizes("kernel_shape", &node, least: 1)
        strides = try Window.sizes("strides", &node, least: 1)
        dilations = try Window.sizes("dilations", &node, least: 1)
        pads = try Window.sizes("pads", &node, least: 0)
        automatic = try node.choice("auto_pad", default: .none)
        if automatic != .none, let pads, pads.contains(where: { $0 != 0 }) {
            throw .attribute("pads", "is \(pads) together with auto_pad \(automatic.rawValue)")
        }
        if let pads, pads.count % 2 != 0 { throw .attribute("pads", "has \(pads.count) entries") }
    }

    private static func sizes(
        _ name: String, _ node: inout AttributeReader, least: Int
    ) throws(LayerError) -> [Int]? {
        guard let values = try node.integers(name) else { return nil }
        if let value = values.first(where: { $0 < least || $0 > limit }) {
            throw .attribute(name, "has the entry \(value); allowed are \(least)...\(limit)")
        }
        return values
    }

    /// The window over one spatial axis.
    struct Axis: Hashable {
        var input: Int
        var output: Int
        var kernel: Int
        var stride: Int
        var dilation: Int
        var padBegin: Int
        var padEnd: Int
        /// From the first to the last element that the kernel touches.
        var extent: Int { (kernel - 1) * dilation + 1 }
    }

    private func checked(_ values: [Int]?, _ name: String, rank: Int, default value: Int) throws(LayerError) -> [Int] {
        guard let values else { return [Int](repeating: value, count: rank) }
        guard values.count == rank else {
            throw .attribute(name, "has \(values.count) entries; \(rank) spatial axes take \(rank)")
        }
        return values
    }

    /// The window over every spatial axis of an input.
    ///
    /// - Parameter spatial: the input's sizes without batch and channels.
    /// - Parameter kernelShape: the kernel's sizes where the weights state them.
    /// - Throws: where the window does not fit into the padded input.
    func axes(over spatial: [Int], kernelShape: [Int]? = nil) throws(LayerError) -> [Axis] {
        let rank = spatial.count
        guard let kernel = kernelShape ?? self.kernel else { throw .attribute("kernel_shape", "is missing") }
        if let stated = self.kernel, stated != kernel {
            throw .attribute("kernel_shape", "is \(stated), but the weights have \(kernel)")
        }
        let sizes = try checked(kernel, "kernel_shape", rank: rank, default: 1)
        let strides = try checked(strides, "strides", rank: rank, default: 1)
        let dilations = try checked(dilations, "dilations", rank: rank, default: 1)
        if let pads, pads.count != 2 * rank {
            throw .attribute("pads", "has \(pads.count) entries; \(rank) spatial axes take \(2 * rank)")
        }
        var result: [Axis] = []
        for index in 0..<rank {
            var axis = Axis(
                input: spatial[index], output: 0, kernel: sizes[index], stride: strides[index],
                dilation: dilations[index], padBegin: pads?[index] ?? 0, padEnd: pads?[rank + index] ?? 0)
            if automatic == .sameUpper || automatic == .sameLower {
                axis.output = (axis.input + axis.stride - 1) / axis.stride
                let total = max(0, (axis.output - 1) * axis.stride + axis.extent - axis.input)
                axis.padBegin = automatic == .sameUpper ? total / 2 : total - total / 2
                axis.padEnd = total - axis.padBegin
            } else {
                let room = axis.input + axis.padBegin + axis.padEnd - axis.extent
                guard room >= 0 else {
                    throw .shape(
                        "the kernel spans \(axis.extent) elements, the padded input has "
                            + "\(axis.input + axis.padBegin + axis.padEnd) along spatial axis \(index)")
                }
                axis.output = room / axis.stride + 1
                // A window that would begin in the padding at the end is left out.
                if roundsUp, room % axis.stride != 0, axis.output * axis.stride < axis.input + axis.padBegin {
                    axis.output += 1
                }
            }
            result.append(axis)
        }
        return result
    }
}
