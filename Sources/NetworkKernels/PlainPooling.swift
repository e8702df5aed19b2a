/// Pooling of planes in row-major order, in up to three spatial dimensions; the definition that the faster versions
/// are held against.
public struct PlainPooling: Sendable {
    public typealias Sizes = PlainConvolution.Sizes

    public var input: Sizes
    public var output: Sizes
    public var kernel: Sizes
    public var stride: Sizes
    public var dilation: Sizes
    public var padding: Sizes
    /// Zeros after the last element; they count only for `mean`.
    public var paddingEnd: Sizes

    public init(
        input: Sizes, output: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes, padding: Sizes, paddingEnd: Sizes
    ) {
        self.input = input
        self.output = output
        self.kernel = kernel
        self.stride = stride
        self.dilation = dilation
        self.padding = padding
        self.paddingEnd = paddingEnd
    }

    /// The largest element under each window; padding never wins. `places`, where given, receives the element's
    /// index within the plane, counted row by row or, with `columnsFirst`, column by column.
    public func maximum<Element: Comparable>(
        _ input: UnsafePointer<Element>, to out: UnsafeMutablePointer<Element>, least: Element,
        places: UnsafeMutablePointer<Int64>?, firstPlace: Int, columnsFirst: Bool
    ) {
        var o = 0
        for oz in 0..<output.depth {
            for oy in 0..<output.height {
                for ox in 0..<output.width {
                    var best = least
                    var place = -1
                    forEachInside(oz, oy, ox) { z, y, x in
                        let value = input[(z * self.input.height + y) * self.input.width + x]
                        if place < 0 || value > best {
                            best = value
                            place =
                                columnsFirst
                                ? (x * self.input.height + y) * self.input.depth + z
                                : (z * self.input.height + y) * self.input.width + x
                        }
                    }
                    out[o] = best
                    places?[o] = Int64(firstPlace + place)
                    o += 1
                }
            }
        }
    }

    /// The mean under each window: over the elements inside the input, or with `countsPadding` over the padding too.
    public func mean(_ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, countsPadding: Bool) {
        var o = 0
        for oz in 0..<output.depth {
            for oy in 0..<output.height {
                for ox in 0..<output.width {
                    var sum: Float = 0
                    var count = 0
                    forEachInside(oz, oy, ox) { z, y, x in
                        sum += input[(z * self.input.height + y) * self.input.width + x]
                        count += 1
                    }
                    if countsPadding {
                        count =
                            Self.padded(oz, \.depth, self) * Self.padded(oy, \.height, self)
                            * Self.padded(ox, \.width, self)
                    }
                    out[o] = count == 0 ? 0 : sum / Float(count)
                    o += 1
                }
            }
        }
    }

    /// Elements of a window along one axis that lie in the input or its padding.
    private static func padded(_ output: Int, _ axis: KeyPath<Sizes, Int>, _ pooling: PlainPooling) -> Int {
        let end = pooling.input[keyPath: axis] + pooling.paddingEnd[keyPath: axis]
        let start = output * pooling.stride[keyPath: axis] - pooling.padding[keyPath: axis]
        let dilation = pooling.dilation[keyPath: axis]
        return min(pooling.kernel[keyPath: axis], (max(0, end - start) + dilation - 1) / dilation)
    }

    @inline(__always) private func forEachInside(_ oz: Int, _ oy: Int, _ ox: Int, _ body: (Int, Int, Int) -> Void) {
        for k in 0..<kernel.depth {
            let z = oz * stride.depth + k * dilation.depth - padding.depth
            if z < 0 || z >= input.depth { continue }
            for j in 0..<kernel.height {
                let y = oy * stride.height + j * dilation.height - padding.height
                if y < 0 || y >= input.height { continue }
                for i in 0..<kernel.width {
                    let x = ox * stride.width + i * dilation.width - padding.width
                    if x < 0 || x >= input.width { continue }
                    body(z, y, x)
                }
            }
        }
    }
}
