module barnabas/openapi

go 1.23
