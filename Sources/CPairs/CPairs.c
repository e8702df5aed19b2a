#include "CPairs.h"
