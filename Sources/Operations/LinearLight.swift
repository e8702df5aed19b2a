import Dataflow
import Foundation
import Kernels
import Raster

/// The curve of sRGB on the 0…255 scale, continued beyond both ends.
///
/// - Source: IEC 61966-2-1.
enum SRGBCurve {
    static func linear(_ x: Double) -> Double {
        let v = x / 255
        return 255 * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4))
    }

    static func encoded(_ x: Double) -> Double {
        let v = x / 255
        return 255 * (v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055)
    }
}

/// The sRGB curve, or its inverse, over every colour sample.
struct CurveRows: RowOperator {
    let output: FieldFormat
    let toLinear: Bool
    var summary: String { toLinear ? "to linear light, float32" : "from linear light, float32" }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let channels = self.output.channels
        let colors = self.output.colorCount
        for y in rows {
            let from = inputs[0].row(y, as: Float.self)
            let to = output.row(y, as: Float.self)
            for x in 0..<self.output.size.width {
                let p = x * channels
                for c in 0..<colors {
                    let sample = Double(from[p + c])
                    to[p + c] = Float(toLinear ? SRGBCurve.linear(sample) : SRGBCurve.encoded(sample))
                }
                if colors < channels { to[p + colors] = from[p + colors] }
            }
        }
    }
}

extension Graph {
    mutating func linearized(_ field: FieldID) -> FieldID { curved(field, toLinear: true, SRGBCurve.linear) }
    mutating func encoded(_ field: FieldID) -> FieldID { curved(field, toLinear: false, SRGBCurve.encoded) }

    private mutating func curved(_ field: FieldID, toLinear: Bool, _ curve: (Double) -> Double) -> FieldID {
        let format = format(of: field)
        if format.type == .uint8, !format.hasAlpha {
            var output = format
            output.type = .float32
            output.divisor = 1
            output.isExact = false
            output.bounds = curve(format.values.lowerBound)...curve(format.values.upperBound)
            let table = (0...255).map { Float(curve(Double($0) / Double(format.divisor))) }
            return add(
                TableRows(
                    input: format, output: output, first: 0, table: table, alpha: { Float($0) },
                    summary: "\(toLinear ? "to" : "from") linear light by a table of 256 values, float32"),
                [field])
        }
        let input = real(field)
        var output = self.format(of: input)
        output.isExact = false
        output.bounds = curve(output.bounds.lowerBound)...curve(output.bounds.upperBound)
        return add(CurveRows(output: output, toLinear: toLinear), [input])
    }
}
