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
    let output: FieldFormat
    let outside: SIMD4<Float>
    var summary: String { "turn, \(filter == .bilinear ? "bilinear" : "bicubic"), float32" }

    func access(_ input: Int) -> InputAccess { .whole }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let picture = SampledPicture(
            base: UnsafePointer(inputs[0].row(0, as: Float.self)), rowStride: inputs[0].bytesPerRow / 4,
            width: geometry.input.width, height: geometry.input.height, channels: self.output.channels,
            outside: outside)
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
        var field = field
        let geometry = RotationGeometry(degrees: degrees, of: format(of: field).size, expand: expand)
        if background == nil, !format(of: field).hasAlpha {
            field = interleaved([field, alphaPlane(of: field)], hasAlpha: true)
        }
        let original = format(of: field)
        var colors = original.values
        for color in background ?? [] {
            colors = min(colors.lowerBound, Double(color))...max(colors.upperBound, Double(color))
        }
        // A cubic's negative weights add up to 1/8 at most, along each axis.
        if filter == .bicubic { colors = colors.widened(by: 0.125).widened(by: 0.125) }
        field = original.hasAlpha ? premultiplied(field) : real(field)
        var outside = SIMD4<Float>.zero
        if let background {
            for (channel, color) in background.enumerated() { outside[channel] = color }
            if original.hasAlpha { outside[background.count] = 255 }
        }
        var output = format(of: field)
        output.size = geometry.output
        output.isExact = false
        output.bounds =
            min(colors.lowerBound, output.bounds.lowerBound)...max(colors.upperBound, output.bounds.upperBound)
        field = add(RotateRows(geometry: geometry, filter: filter, output: output, outside: outside), [field])
        return original.hasAlpha ? unpremultiplied(field, within: colors) : field
    }
}
