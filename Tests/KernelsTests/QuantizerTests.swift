import Kernels
import Raster
import Testing

@Suite("Rounding is that of exact quotients, halves away from zero")
struct QuantizerTests {
    /// `min(max(round(s · unit / divisor), 0), most)` in whole numbers.
    private func exact(_ sample: Int, _ divisor: Int, unit: Int) -> Int {
        if sample <= 0 { return 0 }
        return min((2 * sample * unit + divisor) / (2 * divisor), 255 * unit)
    }

    private static let divisors =
        Array(1...300) + [
            511, 512, 513, 1000, 1023, 1024, 1285, 2313, 2570, 4095, 4096, 6425, 32768, 65025, 65535, 257_000,
            1_000_003,
            2_313_000, 16_777_215, 1 << 31,
        ]

    @Test(arguments: [SampleType.uint8, .uint16]) func everySampleOf16Bits(_ output: SampleType) {
        let unit = output == .uint16 ? 257 : 1
        let signed = (Int(Int16.min)...Int(Int16.max)).map { Int16($0) }
        let unsigned = (0...65535).map { UInt16($0) }
        for divisor in Self.divisors {
            let quantizer = Quantizer(divisor: divisor, output: output)
            #expect(
                quantized(signed, .int16, quantizer, output) == signed.map { exact(Int($0), divisor, unit: unit) },
                "int16 / \(divisor)")
            #expect(
                quantized(unsigned, .uint16, quantizer, output) == unsigned.map { exact(Int($0), divisor, unit: unit) },
                "uint16 / \(divisor)")
        }
    }

    @Test(arguments: [SampleType.uint8, .uint16]) func everySampleOf8Bits(_ output: SampleType) {
        let samples = (0...255).map { UInt8($0) }
        for divisor in Self.divisors {
            #expect(
                quantized(samples, .uint8, Quantizer(divisor: divisor, output: output), output)
                    == samples.map { exact(Int($0), divisor, unit: output == .uint16 ? 257 : 1) })
        }
    }

    @Test(arguments: [SampleType.uint8, .uint16]) func largeSamplesAroundEveryHalf(_ output: SampleType) {
        let unit = output == .uint16 ? 257 : 1
        for divisor in Self.divisors {
            var samples: [Int] = [Int(Int32.min), -1, 0, 1, Int(Int32.max)]
            for step in stride(from: 0, through: 255 * unit, by: output == .uint16 ? 97 : 1) {
                // The samples on both sides of (step + ½) · divisor / unit.
                let half = (2 * step + 1) * divisor / (2 * unit)
                samples += (half - 2...half + 2)
            }
            let whole = samples.compactMap { Int32(exactly: $0) }
            let quantizer = Quantizer(divisor: divisor, output: output)
            #expect(
                quantized(whole, .int32, quantizer, output) == whole.map { exact(Int($0), divisor, unit: unit) },
                "int32 / \(divisor)")
            let floats = samples.filter { abs($0) <= 1 << 24 }.map { Float($0) }
            #expect(
                quantized(floats, .float32, quantizer, output) == floats.map { exact(Int($0), divisor, unit: unit) },
                "float32 / \(divisor)")
            let known = Quantizer(divisor: divisor, output: output, isWhole: true)
            #expect(
                quantized(floats, .float32, known, output) == floats.map { exact(Int($0), divisor, unit: unit) },
                "float32 / \(divisor)")
        }
    }

    @Test func fractionsAndWhatIsNoNumber() {
        let samples: [Float] = [
            0.5, 0.49999997, 1.5, 2.5, 254.5, 254.49998, 255.5, 1e30, -0.5, -1e30, .infinity, -.infinity, .nan, -0.0,
            126.5,
        ]
        #expect(
            quantized(samples, .float32, Quantizer(divisor: 1, output: .uint8), .uint8)
                == [1, 0, 2, 3, 255, 254, 255, 255, 0, 0, 255, 0, 0, 0, 127])
        #expect(
            quantized(
                [0.5, 255, .nan, .infinity] as [Float], .float32, Quantizer(divisor: 1, output: .uint16), .uint16)
                == [129, 65535, 0, 65535])
    }

    @Test(arguments: rowLengths) func nothingIsWrittenBehindTheRow(_ length: Int) {
        var randomness = Randomness(length)
        for divisor in [1, 9, 257, 1000] {
            for type in [SampleType.uint8, .uint16] {
                let quantizer = Quantizer(divisor: divisor, output: type)
                let samples = Fill.random.samples(length, in: Int16.min...Int16.max, &randomness)
                let bytes = GuardedRow([UInt16](repeating: 0, count: length), fence: 0xABCD)
                let narrow = GuardedRow([UInt8](repeating: 0, count: length), fence: 0xAB)
                samples.withUnsafeBytes { samples in
                    let start = samples.baseAddress ?? UnsafeRawPointer(bytes.start)
                    quantizeRow(
                        start, .int16, to: type == .uint8 ? UnsafeMutableRawPointer(narrow.start) : .init(bytes.start),
                        by: quantizer, count: length)
                }
                #expect(bytes.isIntact && narrow.isIntact)
            }
        }
    }

    private func quantized<Sample: BitwiseCopyable>(
        _ samples: [Sample], _ type: SampleType, _ quantizer: Quantizer, _ output: SampleType
    ) -> [Int] {
        samples.withUnsafeBytes { bytes in
            if output == .uint8 {
                var result = [UInt8](repeating: 0, count: samples.count)
                quantizeRow(bytes.baseAddress!, type, to: &result, by: quantizer, count: samples.count)
                return result.map { Int($0) }
            }
            var result = [UInt16](repeating: 0, count: samples.count)
            quantizeRow(bytes.baseAddress!, type, to: &result, by: quantizer, count: samples.count)
            return result.map { Int($0) }
        }
    }
}
