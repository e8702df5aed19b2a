import Dataflow
import Kernels
import Raster

/// A convolution in which transparency never bleeds: `out = Σ kᵢ·(wᵢ·cᵢ + (1 − wᵢ)·c₀) + offset` with
/// `wᵢ = min(1, αᵢ/α₀)`; where `α₀ = 0` the colour is kept. Alpha itself is left alone.
///
/// Where no neighbour is more transparent than the centre, this is the plain sum, computed as for opaque pictures.
struct AlphaConvolveRows: RowOperator {
    let window: WindowGeometry
    let input: FieldFormat
    let output: FieldFormat
    /// Row by row.
    let weights: [Float]
    /// Added to every stored colour sample.
    let offset: Double
    /// What alpha, and the colour of a fully transparent pixel, is multiplied with to have the output's divisor.
    let alphaFactor: Float
    let summary: String

    func inputRows(_ index: Int, for rows: Range<Int>) -> Range<Int> { window.inputRows(for: rows) }
    func access(_ index: Int) -> InputAccess { window.access }
    func margin(_ index: Int) -> RowMargin { window.margin }

    private var channels: Int { input.channels }
    private var rowBytes: Int { ((input.size.width + window.columns) * channels * 4 + 255) & ~63 }
    var scratchByteCount: Int { 2 * rowBytes }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let zeros = (work.scratch + window.columns * channels * 4).assumingMemoryBound(to: Float.self)
        let full = (work.scratch + rowBytes).assumingMemoryBound(to: Float.self)
        let shift = window.firstColumn * channels
        let taps = weights.indices.filter { weights[$0] != 0 }.map {
            Tap(row: $0 / window.columns, offset: $0 % window.columns * channels, weight: weights[$0])
        }
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: window.rows) { pointers in
            for y in rows {
                let first = window.firstRow(y)
                for i in 0..<window.rows {
                    let source = window.border.source(of: first + i, count: input.size.height)
                    pointers[i] =
                        (source.map { UnsafePointer(inputs[0].row($0, as: Float.self)) } ?? UnsafePointer(zeros))
                        + shift
                }
                let result = output.row(y, as: Float.self)
                let count = ((self.output.size.width - 1) * window.stride + 1) * channels
                let target = window.stride == 1 ? result : full
                taps.withUnsafeBufferPointer {
                    convolveTaps(UnsafePointer(pointers.baseAddress!), $0, target, count: count)
                }
                if window.stride > 1 {
                    for x in 0..<self.output.size.width {
                        for c in 0..<channels { result[x * channels + c] = full[x * window.stride * channels + c] }
                    }
                }
                blendTransparentPixels(
                    UnsafePointer(pointers.baseAddress!), result, width: self.output.size.width,
                    TransparencyRule(
                        rows: window.rows, columns: window.columns,
                        anchor: window.anchorRow * window.columns + window.anchorColumn, stride: window.stride,
                        channels: channels, offset: Float(offset), alphaFactor: alphaFactor),
                    weights)
            }
        }
    }
}
