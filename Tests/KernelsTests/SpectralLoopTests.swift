import Foundation
import KernelParameters
import Kernels
import Processor
import Testing

@Suite("Spectra are those of the definition")
struct SpectralLoopTests {
    private let levels = InstructionLevel.allCases.filter { $0 <= .current }

    private func twiddles(_ size: Int) -> [Float] {
        var result: [Float] = []
        var span = size / 2
        while span > 0 {
            for j in 0..<span {
                let angle = -.pi * Double(j) / Double(span)
                result += [Float(cos(angle)), Float(sin(angle))]
            }
            span /= 2
        }
        return result
    }

    private func reversed(_ number: Int, _ size: Int) -> Int {
        var result = 0
        for bit in 0..<size.trailingZeroBitCount where number >> bit & 1 == 1 {
            result |= size >> (bit + 1)
        }
        return result
    }

    @Test(arguments: [2, 16, 64, 256]) func thereAndBack(_ size: Int) {
        var randomness = Randomness(size)
        let stride = SpectralLanes.stride
        let samples = (0..<size * stride).map { _ in Float.random(in: -1...1, using: &randomness) }
        let table = twiddles(size)
        var spectra: [[Float]] = []
        for level in levels {
            var data = samples
            data.withUnsafeMutableBufferPointer { data in
                table.withUnsafeBufferPointer { table in
                    let work = TransformWork(data: data.baseAddress!, twiddles: table.baseAddress!, size: size)
                    HotLoops.at(level).transform(work)
                    spectra.append(Array(data))
                    HotLoops.at(level).transformBack(work)
                }
            }
            for index in data.indices { #expect(abs(data[index] / Float(size) - samples[index]) < 1e-5) }
        }
        #expect(spectra.allSatisfy { $0 == spectra[0] })
        for lane in [0, 7, 15] {
            for place in 0..<size {
                var (re, im) = (0.0, 0.0)
                for t in 0..<size {
                    let angle = -2 * .pi * Double(reversed(place, size) * t % size) / Double(size)
                    let sample = (
                        Double(samples[t * stride + lane]), Double(samples[t * stride + SpectralLanes.count + lane])
                    )
                    re += sample.0 * cos(angle) - sample.1 * sin(angle)
                    im += sample.0 * sin(angle) + sample.1 * cos(angle)
                }
                #expect(abs(re - Double(spectra[0][place * stride + lane])) < 1e-4)
                #expect(abs(im - Double(spectra[0][place * stride + SpectralLanes.count + lane])) < 1e-4)
            }
        }
    }

    @Test(arguments: [1, 2, 9]) func products(_ rowCount: Int) {
        var randomness = Randomness(rowCount)
        let (size, stride) = (4, SpectralLanes.stride)
        func random(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -1...1, using: &randomness) } }
        let rows = (0..<rowCount + 7).map { _ in random(size * stride) }
        let count = rowCount + 2 * SpectralLanes.padding
        var weights = random(2 * size * count)
        for element in 0..<size {
            for row in 0..<count where !(SpectralLanes.padding..<SpectralLanes.padding + rowCount).contains(row) {
                weights[2 * (element * count + row)] = 0
                weights[2 * (element * count + row) + 1] = 0
            }
        }
        var first: [Float]?
        for level in levels {
            let loops = HotLoops.at(level)
            var output = [Float](repeating: 0, count: 8 * size * stride)
            let memory = rows.map { row in
                let copy = UnsafeMutablePointer<Float>.allocate(capacity: row.count)
                copy.initialize(from: row, count: row.count)
                return UnsafePointer(copy)
            }
            defer { for pointer in memory { pointer.deallocate() } }
            memory.withUnsafeBufferPointer { rows in
                weights.withUnsafeBufferPointer { weights in
                    output.withUnsafeMutableBufferPointer { output in
                        loops.multiplySpectra(
                            SpectralProductWork(
                                rows: rows.baseAddress!, rowCount: rowCount, weights: weights.baseAddress!,
                                output: output.baseAddress!, size: size))
                    }
                }
            }
            for result in 0..<loops.spectralResults {
                for element in 0..<size {
                    for lane in 0..<SpectralLanes.count {
                        var (re, im) = (0.0, 0.0)
                        for k in 0..<rowCount {
                            let index = 2 * (element * count + SpectralLanes.padding + k)
                            let weight = (Double(weights[index]), Double(weights[index + 1]))
                            let place = element * stride + lane
                            let sample = (
                                Double(rows[result + k][place]), Double(rows[result + k][place + SpectralLanes.count])
                            )
                            re += weight.0 * sample.0 - weight.1 * sample.1
                            im += weight.0 * sample.1 + weight.1 * sample.0
                        }
                        let place = (result * size + element) * stride + lane
                        #expect(abs(re - Double(output[place])) < 1e-5)
                        #expect(abs(im - Double(output[place + SpectralLanes.count])) < 1e-5)
                    }
                }
            }
            let shared = Array(output.prefix(4 * size * stride))
            if let first { #expect(first == shared) }
            first = shared
        }
    }
}
