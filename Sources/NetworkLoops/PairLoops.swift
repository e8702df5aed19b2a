import Glibc
import NetworkKernels

extension Loops {
    public static func apply(
        _ function: BinaryFunction, _ a: UnsafePointer<Float>, step aStep: Int, _ b: UnsafePointer<Float>,
        step bStep: Int,
        to output: UnsafeMutablePointer<Float>, count: Int
    ) {
        switch function {
        case .add: rows(a, aStep, b, bStep, output, count, { $0 + $1 }, { $0 + $1 })
        case .subtract: rows(a, aStep, b, bStep, output, count, { $0 - $1 }, { $0 - $1 })
        case .multiply: rows(a, aStep, b, bStep, output, count, { $0 * $1 }, { $0 * $1 })
        case .divide: rows(a, aStep, b, bStep, output, count, { $0 / $1 }, { $0 / $1 })
        case .maximum:
            rows(a, aStep, b, bStep, output, count, { $0.atLeast($1) }, { $0 < $1 ? $1 : $0 })
        case .minimum:
            rows(a, aStep, b, bStep, output, count, { $0.atMost($1) }, { $0 > $1 ? $1 : $0 })
        case .prelu:
            rows(
                a, aStep, b, bStep, output, count, { Vector.select($0 .< Vector.zero, $0 * $1, $0) },
                { $0 < 0 ? $0 * $1 : $0 })
        case .power:
            if bStep == 0, b[0] == 2 {
                rows(a, aStep, b, bStep, output, count, { x, _ in x * x }, { x, _ in x * x })
            } else if bStep == 0, b[0] == 0.5 {
                rows(a, aStep, b, bStep, output, count, { x, _ in x.squareRoot() }, { x, _ in x.squareRoot() })
            } else {
                for i in 0..<count { output[i] = powf(a[i * aStep], b[i * bStep]) }
            }
        }
    }
}

@inline(__always)
private func rows(
    _ a: UnsafePointer<Float>, _ aStep: Int, _ b: UnsafePointer<Float>, _ bStep: Int,
    _ output: UnsafeMutablePointer<Float>, _ count: Int, _ vector: (Vector, Vector) -> Vector,
    _ scalar: (Float, Float) -> Float
) {
    var i = 0
    switch (aStep, bStep) {
    case (1, 1):
        while i + 16 <= count {
            store(vector(load(a + i), load(b + i)), output + i)
            i += 16
        }
    case (1, 0):
        let right = Vector(b[0])
        while i + 16 <= count {
            store(vector(load(a + i), right), output + i)
            i += 16
        }
    case (0, 1):
        let left = Vector(a[0])
        while i + 16 <= count {
            store(vector(left, load(b + i)), output + i)
            i += 16
        }
    default: break
    }
    while i < count {
        output[i] = scalar(a[i * aStep], b[i * bStep])
        i += 1
    }
}
