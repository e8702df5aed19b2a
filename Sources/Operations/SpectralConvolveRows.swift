import Dataflow
import Foundation
import KernelParameters
import Kernels
import Raster

/// How a convolution is computed along rows by products of spectra: overlap-save, in pieces of a power of two.
///
/// A sample then takes about 2 · rows multiplications instead of rows · columns. Rows stay rows: each has a spectrum of its
/// own, so that the result depends neither on strips nor on bands, and streams. Two pieces of a row are the real and the
/// imaginary part of one sequence, which a real kernel does not mix.
///
/// - Source: Oppenheim and Schafer, *Discrete-Time Signal Processing*, overlap-save.
struct SpectralPlan: Sendable {
    let window: WindowGeometry
    let channels: Int
    /// Elements of a transform.
    let size: Int
    let twiddles: [Float]
    /// See `SpectralProductWork`.
    let weights: [Float]

    init(_ weights: [Double], _ window: WindowGeometry, channels: Int) {
        self.window = window
        self.channels = channels
        size = Self.size(columns: window.columns)
        let (size, count) = (size, window.rows + 2 * SpectralLanes.padding)
        let circle = (0..<size).map {
            (cos(2 * .pi * Double($0) / Double(size)), sin(2 * .pi * Double($0) / Double(size)))
        }
        var twiddles: [Float] = []
        var span = size / 2
        while span > 0 {
            for j in 0..<span {
                let (x, y) = circle[j * (size / 2 / span)]
                twiddles += [Float(x), Float(-y)]
            }
            span /= 2
        }
        self.twiddles = twiddles
        let bits = size.trailingZeroBitCount
        var spectra = [Float](repeating: 0, count: 2 * size * count)
        for place in 0..<size {
            let frequency = Int(UInt(place).bitReversed >> UInt(UInt.bitWidth - bits))
            for row in 0..<window.rows {
                // A correlation has the conjugate of the kernel's spectrum as its factor.
                var (re, im) = (0.0, 0.0)
                for column in 0..<window.columns {
                    let weight = weights[row * window.columns + column]
                    let (x, y) = circle[frequency * column & (size - 1)]
                    re += weight * x
                    im += weight * y
                }
                let index = 2 * (place * count + SpectralLanes.padding + row)
                spectra[index] = Float(re / Double(size))
                spectra[index + 1] = Float(im / Double(size))
            }
        }
        self.weights = spectra
    }

    /// Pieces of four times the kernel's width: longer ones leave the first-level cache, shorter ones overlap too much.
    static func size(columns: Int) -> Int {
        var size = 16
        while size < 4 * columns { size *= 2 }
        return size
    }

    /// Samples of a piece that are results.
    var step: Int { size - window.columns + 1 }
    /// Pieces of one channel.
    var pieces: Int { (window.output.width + step - 1) / step }
    /// Groups of lanes, each of which has two pieces.
    var groups: Int { (pieces * channels + SpectralLanes.stride - 1) / SpectralLanes.stride }
    /// Floats of one group.
    var groupCount: Int { size * SpectralLanes.stride }

    /// What of a row a piece is.
    struct Place {
        let channel: Int
        /// The first result of the piece.
        let column: Int
    }

    /// All places of a group; nil where a lane is not used.
    func places(_ group: Int) -> [(offset: Int, place: Place?)] {
        (0..<SpectralLanes.stride).map { index in
            let piece = group * SpectralLanes.stride + index
            let offset = index / 2 + index % 2 * SpectralLanes.count
            guard piece < pieces * channels else { return (offset, nil) }
            return (offset, Place(channel: piece / pieces, column: piece % pieces * step))
        }
    }

    /// No result errs by more, by Higham, *Accuracy and Stability of Numerical Algorithms*, theorem 24.2, for two
    /// transforms, and one rounding for each row that is added: as a share of the largest sample times the sum of weights.
    var relativeError: Double {
        let unit = 1 / 16_777_216.0
        let perLevel = unit + 4 * unit * (2.0.squareRoot() + unit)
        let levels = Double(size.trailingZeroBitCount)
        return (2 * levels * perLevel + Double(window.rows + 5) * unit) * (2 * Double(size)).squareRoot()
    }
}

/// The spectra of the pieces of each row.
struct SpectrumRows: RowOperator {
    let plan: SpectralPlan
    let input: FieldFormat
    let loops: HotLoops
    var summary: String { "rows in \(plan.pieces * plan.channels) pieces of \(plan.size), their spectra in float32" }

    var output: FieldFormat {
        let largest = max(abs(input.bounds.lowerBound), abs(input.bounds.upperBound)) * 2 * Double(plan.size)
        return FieldFormat(
            size: ImageSize(width: plan.groups * plan.groupCount, height: input.size.height), channels: 1,
            hasAlpha: false, type: .float32, bounds: -largest...largest, isExact: false)
    }

    func margin(_ input: Int) -> RowMargin { plan.window.margin }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let width = plan.window.output.width + plan.window.columns - 1
        for group in 0..<plan.groups {
            let places = plan.places(group)
            for y in rows {
                let data = output.row(y, as: Float.self) + group * plan.groupCount
                for (offset, place) in places {
                    let column = place?.column ?? width
                    fillLane(
                        data + offset, size: plan.size, from: inputs[0].row(y), input.type,
                        at: (column + plan.window.firstColumn) * plan.channels + (place?.channel ?? 0),
                        step: plan.channels, count: min(plan.size, width - column))
                }
                plan.twiddles.withUnsafeBufferPointer {
                    loops.transform(TransformWork(data: data, twiddles: $0.baseAddress!, size: plan.size))
                }
            }
        }
    }
}

/// Sums of products of spectra down the columns, and back to samples.
struct SpectralConvolveRows: RowOperator {
    let plan: SpectralPlan
    let output: FieldFormat
    /// Added to every sample.
    let offset: Double
    let summary: String
    let loops: HotLoops

    func inputRows(_ input: Int, for rows: Range<Int>) -> Range<Int> { plan.window.inputRows(for: rows) }

    /// Sums of one group for several rows, and a row of zeros beyond the border.
    var scratchByteCount: Int { (loops.spectralResults + plan.groups) * plan.groupCount * 4 }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let sums = work.scratch.assumingMemoryBound(to: Float.self)
        let zeros = UnsafePointer(sums + loops.spectralResults * plan.groupCount)
        let window = plan.window
        let count = window.rows + loops.spectralResults - 1
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: count) { pointers in
            for start in stride(from: rows.lowerBound, to: rows.upperBound, by: loops.spectralResults) {
                let rows = start..<min(start + loops.spectralResults, rows.upperBound)
                let needed = window.rows + rows.count - 1
                for group in 0..<plan.groups {
                    for i in 0..<count {
                        // Rows below the last one belong to results that nobody asks for.
                        let row = window.border.source(
                            of: window.firstRow(start) + min(i, needed - 1), count: window.input.height)
                        let base = row.map { UnsafePointer(inputs[0].row($0, as: Float.self)) } ?? zeros
                        pointers.initializeElement(at: i, to: base + group * plan.groupCount)
                    }
                    multiply(UnsafePointer(pointers.baseAddress!), sums)
                    for (i, y) in rows.enumerated() { finish(sums + i * plan.groupCount, group, output.row(y)) }
                }
            }
        }
    }

    private func multiply(_ rows: UnsafePointer<UnsafePointer<Float>>, _ sums: UnsafeMutablePointer<Float>) {
        plan.weights.withUnsafeBufferPointer {
            loops.multiplySpectra(
                SpectralProductWork(
                    rows: rows, rowCount: plan.window.rows, weights: $0.baseAddress!, output: sums, size: plan.size))
        }
    }

    private func finish(_ sums: UnsafeMutablePointer<Float>, _ group: Int, _ row: UnsafeMutableRawPointer) {
        plan.twiddles.withUnsafeBufferPointer {
            loops.transformBack(TransformWork(data: sums, twiddles: $0.baseAddress!, size: plan.size))
        }
        let row = row.assumingMemoryBound(to: Float.self)
        for case (let lane, let place?) in plan.places(group) {
            emptyLane(
                sums + lane, to: row + place.column * plan.channels + place.channel, step: plan.channels,
                count: min(plan.step, plan.window.output.width - place.column), term: Float(offset))
        }
    }
}

extension UInt {
    fileprivate var bitReversed: UInt {
        var (rest, result) = (self, UInt(0))
        for _ in 0..<UInt.bitWidth {
            result = result << 1 | rest & 1
            rest >>= 1
        }
        return result
    }
}
