import Kernels
import Raster
import Testing

@Suite("Resampling loops equal their definitions")
struct ResampleKernelTests {
    @Test(arguments: rowLengths) func columns(_ length: Int) {
        var randomness = Randomness(length)
        for taps in [1, 2, 3, 4, 5, 7, 8, 13] {
            let rows = (0..<taps).map { _ in Fill.random.samples(length, in: UInt8.min...UInt8.max, &randomness) }
            let weights = (0..<taps).map { _ in Float.random(in: -0.5...1, using: &randomness) }
            let centre = taps / 2
            let plain = GuardedRow([Float](repeating: 0, count: length), fence: 9)
            resampleColumnsScalar(
                rows.map { $0.map { Float($0) } }, centre: centre, weights: weights, to: plain.start, count: length)
            let floats = rows.map { GuardedRow($0.map { Float($0) }, fence: 1) }
            let bytes = rows.map { GuardedRow($0, fence: 1) }
            let shorts = rows.map { GuardedRow($0.map { UInt16($0) }, fence: 1) }
            for (type, pointers) in [
                (SampleType.float32, floats.map { UnsafeRawPointer($0.start) }),
                (.uint8, bytes.map { UnsafeRawPointer($0.start) }),
                (.uint16, shorts.map { UnsafeRawPointer($0.start) }),
            ] {
                let fast = GuardedRow([Float](repeating: 0, count: length), fence: 9)
                resampleColumns(
                    pointers, type, taps: taps, centre: pointers[centre], weights: weights, to: fast.start,
                    count: length)
                #expect(fast.samples == plain.samples)
                #expect(fast.isIntact)
            }
            #expect((floats.map(\.isIntact) + bytes.map(\.isIntact) + shorts.map(\.isIntact)).allSatisfy { $0 })
        }
    }

    @Test(arguments: 1...4) func rows(_ channels: Int) {
        var randomness = Randomness(channels)
        for width in [1, 2, 3, 8, 9, 31, 64] {
            let samples = (0..<width * channels).map { _ in Float.random(in: 0...255, using: &randomness) }
            let input = GuardedRow(samples, fence: 1e6)
            var taps = ResampleTaps()
            var definition: [(first: Int, centre: Int, weights: [Double])] = []
            for _ in 0..<50 {
                let count = Int.random(in: 1...min(width, 13), using: &randomness)
                let first = Int.random(in: 0...width - count, using: &randomness)
                let weights = (0..<count).map { _ in Double.random(in: -0.5...1, using: &randomness) }
                definition.append((first, first + count / 2, weights))
                taps.append(first: first, centre: first + count / 2, weights: weights)
            }
            let output = GuardedRow([Float](repeating: 0, count: 50 * channels), fence: 9)
            resampleRow(input.start, channels: channels, taps, to: output.start)
            #expect(output.isIntact && input.isIntact)
            for (x, place) in definition.enumerated() {
                for c in 0..<channels {
                    let centre = Double(samples[place.centre * channels + c])
                    let expected = place.weights.enumerated().reduce(centre) {
                        $0 + $1.element * (Double(samples[(place.first + $1.offset) * channels + c]) - centre)
                    }
                    #expect(abs(Double(output.samples[x * channels + c]) - expected) < 1e-3)
                }
            }
        }
    }

    @Test(arguments: 1...4, [SampleType.uint8, .uint16, .float32])
    func placesBetweenPixels(_ channels: Int, _ type: SampleType) {
        if channels % 2 == 0, type != .float32 { return }
        var randomness = Randomness(channels)
        let size = ImageSize(width: 9, height: 7)
        let samples = (0..<size.pixelCount * channels).map { _ in Int.random(in: 0...255, using: &randomness) }
        let bytes = GuardedRow(samples.map { UInt8($0) }, fence: 0xEE)
        let words = GuardedRow(samples.map { UInt16($0) }, fence: 0xEEEE)
        let floats = GuardedRow(samples.map { Float($0) }, fence: 1e6)
        let base =
            switch type {
            case .uint8: UnsafeRawPointer(bytes.start)
            case .uint16: UnsafeRawPointer(words.start)
            default: UnsafeRawPointer(floats.start)
            }
        let outside = SIMD4<Float>(10, 20, 30, 40)
        func cubic(_ x: Double) -> Double {
            let t = abs(x)
            if t >= 2 { return 0 }
            return t < 1 ? 1.5 * t * t * t - 2.5 * t * t + 1 : -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2
        }
        for addedAlpha in channels % 2 == 0 ? [nil] : [nil, Float(255)] {
            let results = channels + (addedAlpha == nil ? 0 : 1)
            func pixel(_ x: Int, _ y: Int, _ c: Int) -> Double {
                guard x >= 0, y >= 0, x < size.width, y < size.height else { return Double(outside[c]) }
                return c == channels ? 255 : Double(samples[(y * size.width + x) * channels + c])
            }
            let picture = SampledPicture(
                base: base, bytesPerRow: size.width * channels * type.byteCount, size: size, type: type,
                channels: channels, addedAlpha: addedAlpha, outside: outside)
            for filter in [PlaceFilter.bilinear, .bicubic] {
                let output = GuardedRow([Float](repeating: 0, count: 40 * results), fence: 9)
                samplePlaces(picture, filter, u: -3.3, v: 6.9, du: 0.41, dv: -0.27, to: output.start, count: 40)
                #expect(output.isIntact)
                for x in 0..<40 {
                    let (u, v) = (-3.3 + 0.41 * Double(x), 6.9 - 0.27 * Double(x))
                    for c in 0..<results {
                        var sum = 0.0
                        for i in Int(v.rounded(.down)) - 2...Int(v.rounded(.down)) + 3 {
                            for j in Int(u.rounded(.down)) - 2...Int(u.rounded(.down)) + 3 {
                                let (du, dv) = (Double(j) - u, Double(i) - v)
                                let weight =
                                    filter == .bilinear
                                    ? max(0, 1 - abs(du)) * max(0, 1 - abs(dv)) : cubic(du) * cubic(dv)
                                sum += weight * pixel(j, i, c)
                            }
                        }
                        #expect(abs(Double(output.samples[x * results + c]) - sum) < 1e-3)
                    }
                }
            }
        }
        #expect(bytes.isIntact && words.isIntact && floats.isIntact)
    }
}

@Suite("A convolution beside transparency follows its rule")
struct TransparencyRuleTests {
    @Test(arguments: [2, 4], [1, 2]) func blending(_ channels: Int, _ stride: Int) {
        var randomness = Randomness(channels)
        let (rows, columns, width) = (3, 4, 37)
        let weights = (0..<rows * columns).map { _ in Float(Int.random(in: -5...5, using: &randomness)) }
        let samples = (0..<rows).map { _ in
            (0..<(width * stride + columns) * channels).map { i in
                let sample = Float(Int.random(in: 0...255, using: &randomness))
                guard i % channels == channels - 1 else { return sample }
                return [0, 255, 255, sample].randomElement(using: &randomness)!
            }
        }
        let guarded = samples.map { GuardedRow($0, fence: 1e6) }
        let anchor = (row: 1, column: 2)
        let rule = TransparencyRule(
            rows: rows, columns: columns, anchor: anchor.row * columns + anchor.column, stride: stride,
            channels: channels, offset: 3, alphaFactor: 7)
        // What comes in are the plain sums.
        var plain = [Float](repeating: 0, count: width * channels)
        func sample(_ i: Int, _ x: Int, _ j: Int, _ c: Int) -> Float { samples[i][(x * stride + j) * channels + c] }
        for x in 0..<width {
            for c in 0..<channels {
                for i in 0..<rows {
                    for j in 0..<columns { plain[x * channels + c] += weights[i * columns + j] * sample(i, x, j, c) }
                }
            }
        }
        let output = GuardedRow(plain, fence: 9)
        let pointers = guarded.map { UnsafePointer($0.start) }
        blendTransparentPixels(pointers, output.start, width: width, rule, weights)
        #expect(output.isIntact)
        #expect(guarded.allSatisfy { $0.isIntact })
        for x in 0..<width {
            let own = Double(sample(anchor.row, x, anchor.column, channels - 1))
            #expect(output.samples[x * channels + channels - 1] == Float(own * 7))
            for c in 0..<channels - 1 {
                let centre = Double(sample(anchor.row, x, anchor.column, c))
                var expected = 3.0
                for i in 0..<rows {
                    for j in 0..<columns {
                        let w = min(1, Double(sample(i, x, j, channels - 1)) / own)
                        expected +=
                            Double(weights[i * columns + j]) * (w * Double(sample(i, x, j, c)) + (1 - w) * centre)
                    }
                }
                if own == 0 { expected = centre * 7 }
                #expect(abs(Double(output.samples[x * channels + c]) - expected) < 1e-2)
            }
        }
    }
}
