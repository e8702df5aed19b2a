import Raster

/// For each output place along one axis: which inputs count, and how much.
///
/// The weights of a place add up to 1 by definition: whatever is missing belongs to its centre, so that a constant
/// stays exactly what it is.
public struct ResampleTaps: Sendable {
    /// One output place.
    public struct Place: Sendable, Equatable {
        /// The first input that counts.
        public var first: Int
        /// The input whose value the differences are taken from.
        public var centre: Int
        /// Inputs that count.
        public var count: Int
        /// Index of the weight of the first input; weights up to the next multiple of four are 0.
        public var start: Int
    }

    public private(set) var places: [Place] = []
    public private(set) var weights: [Float] = []

    public init() {}

    /// - `weights`: of the inputs from `first` on; at least one.
    public mutating func append(first: Int, centre: Int, weights new: [Double]) {
        places.append(Place(first: first, centre: centre, count: new.count, start: weights.count))
        weights += new.map { Float($0) }
        weights += [Float](repeating: 0, count: -new.count & 3)
    }
}

// MARK: Down the columns

/// `output[x] = c[x] + Σ weights[i] · (rows[i][x] − c[x])` with `c = rows[centre]`, in the order of the rows, each product
/// added by one rounding.
///
/// This is the definition that the faster version is compared with.
public func resampleColumnsScalar(
    _ rows: [[Float]], centre: Int, weights: [Float], to output: UnsafeMutablePointer<Float>, count: Int
) {
    for x in 0..<count {
        var sum = rows[centre][x]
        for i in rows.indices { sum.addProduct(weights[i], rows[i][x] - rows[centre][x]) }
        output[x] = sum
    }
}

/// The same for rows of any sample type, in pieces that stay in the first-level cache, four rows at a time.
public func resampleColumns(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ type: SampleType, taps: Int, centre: UnsafeRawPointer,
    weights: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, count: Int
) {
    switch type {
    case .uint8: columns(UInt8.self, rows, taps, centre, weights, output, count) { Float($0) }
    case .uint16: columns(UInt16.self, rows, taps, centre, weights, output, count) { Float($0) }
    case .int16: columns(Int16.self, rows, taps, centre, weights, output, count) { Float($0) }
    case .int32: columns(Int32.self, rows, taps, centre, weights, output, count) { Float($0) }
    case .float32: columns(Float.self, rows, taps, centre, weights, output, count) { $0 }
    }
}

@inline(__always)
private func columns<Sample>(
    _ type: Sample.Type, _ rows: UnsafePointer<UnsafeRawPointer>, _ taps: Int, _ centre: UnsafeRawPointer,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int, _ float: (Sample) -> Float
) {
    var x = 0
    while x < count {
        let length = min(1024, count - x)
        let c = centre.assumingMemoryBound(to: type) + x
        let o = output + x
        for i in 0..<length { o[i] = float(c[i]) }
        var t = 0
        while t + 4 <= taps {
            let r0 = rows[t].assumingMemoryBound(to: type) + x
            let r1 = rows[t + 1].assumingMemoryBound(to: type) + x
            let r2 = rows[t + 2].assumingMemoryBound(to: type) + x
            let r3 = rows[t + 3].assumingMemoryBound(to: type) + x
            let w0 = weights[t], w1 = weights[t + 1], w2 = weights[t + 2], w3 = weights[t + 3]
            for i in 0..<length {
                let base = float(c[i])
                var sum = o[i]
                sum.addProduct(w0, float(r0[i]) - base)
                sum.addProduct(w1, float(r1[i]) - base)
                sum.addProduct(w2, float(r2[i]) - base)
                sum.addProduct(w3, float(r3[i]) - base)
                o[i] = sum
            }
            t += 4
        }
        while t < taps {
            let r = rows[t].assumingMemoryBound(to: type) + x
            let w = weights[t]
            for i in 0..<length { o[i].addProduct(w, float(r[i]) - float(c[i])) }
            t += 1
        }
        x += length
    }
}

// MARK: Along the rows

/// `output[x] = in[centre] + Σ weight · (in[first + i] − in[centre])` for every place and each of 1…4 interleaved
/// channels. For gray, four sums take every fourth product each and are added as (s₀ + s₂) + (s₁ + s₃).
///
/// - Precondition: three pixels and three samples behind the last pixel of `input` can be read, and are finite.
public func resampleRow(
    _ input: UnsafePointer<Float>, channels: Int, _ taps: ResampleTaps, to output: UnsafeMutablePointer<Float>
) {
    taps.weights.withUnsafeBufferPointer { weights in
        taps.places.withUnsafeBufferPointer { places in
            guard let weights = weights.baseAddress else { return }
            switch channels {
            case 1: grayRow(input, places, weights, output)
            case 2:
                pixelRow(input, 2, places, weights, output) {
                    SIMD4(lowHalf: $0.loadUnaligned(as: SIMD2<Float>.self), highHalf: .zero)
                }
            case 3: pixelRow(input, 3, places, weights, output) { $0.loadUnaligned(as: SIMD4<Float>.self) }
            case 4: pixelRow(input, 4, places, weights, output) { $0.loadUnaligned(as: SIMD4<Float>.self) }
            default: preconditionFailure("a pixel has one to four samples")
            }
        }
    }
}

@inline(__always)
private func grayRow(
    _ input: UnsafePointer<Float>, _ places: UnsafeBufferPointer<ResampleTaps.Place>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
) {
    for x in 0..<places.count {
        let place = places[x]
        let centre = input[place.centre]
        let base = SIMD4<Float>(repeating: centre)
        let p = UnsafeRawPointer(input + place.first)
        let w = UnsafeRawPointer(weights + place.start)
        var sum = SIMD4<Float>.zero
        var i = 0
        while i < place.count {
            sum.addProduct(
                w.loadUnaligned(fromByteOffset: 4 * i, as: SIMD4<Float>.self),
                p.loadUnaligned(fromByteOffset: 4 * i, as: SIMD4<Float>.self) - base)
            i += 4
        }
        let pairs = sum.lowHalf + sum.highHalf
        output[x] = centre + (pairs.x + pairs.y)
    }
}

/// `load` is given with its type: loads of a generic vector are compiled as aligned ones.
@inline(__always)
private func pixelRow(
    _ input: UnsafePointer<Float>, _ channels: Int, _ places: UnsafeBufferPointer<ResampleTaps.Place>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>,
    _ load: (UnsafeRawPointer) -> SIMD4<Float>
) {
    for x in 0..<places.count {
        let place = places[x]
        let base = load(UnsafeRawPointer(input + place.centre * channels))
        let p = UnsafeRawPointer(input + place.first * channels)
        let w = weights + place.start
        var sum = base
        for i in 0..<place.count {
            sum.addProduct(SIMD4(repeating: w[i]), load(p + 4 * channels * i) - base)
        }
        let o = output + x * channels
        for c in 0..<channels { o[c] = sum[c] }
    }
}
