import Dataflow
import Foundation
import Kernels
import Raster

/// Where the pixels of a picture turned about its middle come from.
struct RotationGeometry: Sendable {
    let input: ImageSize
    let output: ImageSize
    private let cosine: Double
    private let sine: Double

    /// - `degrees`: clockwise, as one sees the picture.
    /// - `expand`: true, all of the turned picture is kept; false, the size stays.
    init(degrees: Double, of input: ImageSize, expand: Bool) {
        let angle = degrees.truncatingRemainder(dividingBy: 360) * .pi / 180
        cosine = cos(angle)
        sine = sin(angle)
        self.input = input
        guard expand else {
            output = input
            return
        }
        let (width, height) = (Double(input.width), Double(input.height))
        // The tolerance keeps the rounding of sine and cosine from adding an empty column.
        output = ImageSize(
            width: max(1, Int((width * abs(cosine) + height * abs(sine) - 1e-6).rounded(.up))),
            height: max(1, Int((width * abs(sine) + height * abs(cosine) - 1e-6).rounded(.up))))
    }

    /// The place in the input of the first pixel of row `y`, and the way from one pixel to the next.
    func line(_ y: Int) -> (u: Double, v: Double, du: Double, dv: Double) {
        let x = -Double(output.width - 1) / 2
        let y = Double(y) - Double(output.height - 1) / 2
        return (
            x * cosine + y * sine + Double(input.width - 1) / 2,
            -x * sine + y * cosine + Double(input.height - 1) / 2, cosine, -sine
        )
    }
}

/// Turns a whole picture, premultiplied where it has alpha, about its middle, in float32.
struct RotateRows: RowOperator {
    let geometry: RotationGeometry
    let filter: PlaceFilter
    let input: FieldFormat
    let output: FieldFormat
    /// The alpha that an opaque picture gets.
    let addedAlpha: Float?
    let outside: SIMD4<Float>
    var summary: String { "turn, \(filter == .bilinear ? "bilinear" : "bicubic"), float32" }

    func access(_ input: Int) -> InputAccess { .whole }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let picture = SampledPicture(
            base: inputs[0].row(0), bytesPerRow: inputs[0].bytesPerRow, size: geometry.input, type: input.type,
            channels: input.channels, addedAlpha: addedAlpha, outside: outside)
        for y in rows {
            let line = geometry.line(y)
            samplePlaces(
                picture, filter, u: line.u, v: line.v, du: line.du, dv: line.dv, to: output.row(y, as: Float.self),
                count: self.output.size.width)
        }
    }
}

extension Graph {
    /// - `background`: 0…255 for each colour channel, opaque; nil for transparency, which the picture then has a
    ///   channel for.
    mutating func rotated(
        _ field: FieldID, degrees: Double, filter: PlaceFilter, expand: Bool, background: [Float]?
    ) -> FieldID {
        let original = format(of: field)
        let geometry = RotationGeometry(degrees: degrees, of: original.size, expand: expand)
        var field = field
        if original.hasAlpha {
            field = premultiplied(field)
        } else if original.type != .uint8, original.type != .uint16 {
            field = real(field)
        }
        let input = format(of: field)
        let unit = Float(input.divisor)
        var colors = original.values
        var outside = SIMD4<Float>.zero
        if let background {
            for (channel, color) in background.enumerated() {
                outside[channel] = color * unit
                colors = min(colors.lowerBound, Double(color))...max(colors.upperBound, Double(color))
            }
            if original.hasAlpha { outside[background.count] = 255 * unit }
        }
        // A cubic's negative weights add up to 1/8 at most, along each axis.
        if filter == .bicubic { colors = colors.widened(by: 0.125).widened(by: 0.125) }
        let addedAlpha = background == nil && !original.hasAlpha ? 255 * unit : nil
        var output = input
        output.size = geometry.output
        output.type = .float32
        output.channels = original.colorCount + (original.hasAlpha || addedAlpha != nil ? 1 : 0)
        output.isExact = false
        // Premultiplied, colours have 0 among them.
        let reached = min(0, colors.lowerBound) * Double(unit)...max(255, colors.upperBound) * Double(unit)
        output.bounds = background == nil || original.hasAlpha ? reached : colors.scaled(by: Double(unit))
        field = add(
            RotateRows(
                geometry: geometry, filter: filter, input: input, output: output, addedAlpha: addedAlpha,
                outside: outside), [field])
        return output.channels > original.colorCount ? unpremultiplied(field, within: colors) : field
    }
}

extension ClosedRange<Double> {
    fileprivate func scaled(by factor: Double) -> ClosedRange { lowerBound * factor...upperBound * factor }
}
