/**
 * Routes that libraries' routers serve, as their documentation lists them: methods of FastAPI Users, by name, each with
 * "METHOD /path" of what it answers.
 */
export const LIBRARY_ROUTERS: Readonly<Record<string, readonly string[]>> = {
  get_auth_router: ["POST /login", "POST /logout"],
  get_register_router: ["POST /register"],
  get_reset_password_router: ["POST /forgot-password", "POST /reset-password"],
  get_verify_router: ["POST /request-verify-token", "POST /verify"],
  get_users_router: ["GET /me", "PATCH /me", "GET /{id}", "PATCH /{id}", "DELETE /{id}"],
  get_oauth_router: ["GET /authorize", "GET /callback"],
  get_oauth_associate_router: ["GET /authorize", "GET /callback"],
};
